package routes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// recordedName matches the names of recorded series, as Prometheus' documentation has them
// named. Prometheus anchors it.
const recordedName = ".*:.*"

const recordedSelector = `{__name__=~"` + recordedName + `"}`

// Selectors returns the selectors of the series that are wanted.
func (r Request) Selectors() []string {
	if r.Recorded == OnlyRecorded {
		return []string{recordedSelector}
	}
	var all []string
	for _, job := range r.Viz.Jobs {
		if r.Recorded == WithRecorded {
			all = append(all, `{job="`+job+`"}`)
		} else {
			all = append(all, `{job="`+job+`",__name__!~"`+recordedName+`"}`)
		}
	}
	if r.Recorded == WithRecorded {
		all = append(all, recordedSelector) // those without the label job, too
	}
	return all
}

// missesControllers is said of linkerd-viz whose jobs miss the control plane.
const missesControllers = "linkerd-viz %s has no metrics of the control plane and of the multicluster extension, because its scrape jobs look for a port " +
	"that these no longer have; Linkerd 2.20 (edge-26.4.1) repairs that"

// missing warns of metrics that linkerd-viz does not have.
func (r Request) missing() []string {
	if !r.Viz.MissesControllers || r.Recorded == OnlyRecorded {
		return nil
	}
	return []string{fmt.Sprintf(missesControllers, r.Viz.Version)}
}

// whySelectors says what is selected.
func (r Request) whySelectors() string {
	return r.whichSeries() + r.warnMissing()
}

// warnMissing is the end of a comment that says what is missing.
func (r Request) warnMissing() string {
	text := ""
	for _, missing := range r.missing() {
		text += "\nWARNING: " + missing + "."
	}
	return text
}

func (r Request) whichSeries() string {
	switch r.Recorded {
	case OnlyRecorded:
		return "Only what recording rules have made, by the colon in its name."
	case WithRecorded:
		return "Linkerd's proxies and controllers, and all that recording rules have made, by the colon in its name."
	default:
		return "Linkerd's proxies and controllers, without what recording rules have made of them (it has a colon in its name)." +
			" Containers (kubernetes-nodes-cadvisor) are left out, since other Prometheus have them already."
	}
}

// relabelings returns the rules by which remote write sends the series that are wanted.
func (r Request) relabelings() []object {
	if r.Recorded == OnlyRecorded {
		return []object{keep("__name__", recordedName)}
	}
	jobs := strings.Join(r.Viz.Jobs, "|")
	if r.Recorded == WithRecorded { // which need not have the label job
		return []object{{{"source_labels", []string{"job", "__name__"}, ""}, {"regex", "(" + jobs + ");.*|.*;" + recordedName, ""}, {"action", "keep", ""}}}
	}
	return []object{keep("job", jobs), {{"source_labels", []string{"__name__"}, ""}, {"regex", recordedName, ""}, {"action", "drop", ""}}}
}

func keep(label, pattern string) object {
	return object{{"source_labels", []string{label}, ""}, {"regex", pattern, ""}, {"action", "keep", ""}}
}

// A MetricSet is a set of the proxy's metrics that belong together.
type MetricSet struct {
	Name string
	// Doc says what they are good for.
	Doc string
	// Metrics are their names, those of histograms without suffixes.
	Metrics []string
}

// AllMetrics is the name that stands for every metric of the proxy.
const AllMetrics = "all"

// MetricSets is the table of sets to choose from. linkerd.io/2-edge/reference/proxy-metrics
// describes the metrics.
var MetricSets = []MetricSet{
	{"golden", "requests, successes and latency of each workload", []string{"request_total", "response_total", "response_latency_ms"}},
	{"tcp", "connections and bytes", []string{"tcp_open_total", "tcp_open_connections", "tcp_close_total", "tcp_read_bytes_total", "tcp_write_bytes_total"}},
	{"routes", "requests by route, for those who have routes", []string{
		"outbound_http_route_request_statuses_total", "outbound_http_route_request_duration_seconds",
		"route_request_total", "route_response_total", "route_response_latency_ms",
	}},
	{"policy", "requests that policies have let in or refused", []string{"inbound_http_authz_allow_total", "inbound_http_authz_deny_total"}},
}

// DefaultMetrics are the sets that are kept where nobody says otherwise.
var DefaultMetrics = []string{"golden", "tcp"}

// kept returns a pattern of the names to keep; "" for all.
func (r Request) kept() string {
	if slices.Contains(r.Metrics, AllMetrics) {
		return ""
	}
	var names []string
	for _, set := range MetricSets {
		if !slices.Contains(r.Metrics, set.Name) {
			continue
		}
		for _, name := range set.Metrics {
			if slices.Contains(viz.RawHistograms, name) {
				name += "_(bucket|count|sum)"
			}
			names = append(names, name)
		}
	}
	return strings.Join(append(names, "process_start_time_seconds"), "|")
}

// Keeps returns what reports whether a request keeps a metric.
func (r Request) Keeps() func(metric string) bool {
	pattern := r.kept()
	if pattern == "" {
		return func(string) bool { return true }
	}
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString
}

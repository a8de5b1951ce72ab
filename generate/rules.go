package generate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const rulesHeader = `# Recording rules for linkerd-viz' Prometheus, written by "linkerd-gcm generate".
#
# All of them keep job, instance, namespace and pod: with these labels the sidecar
# finds the pod that a series belongs to. It drops a series without job or instance.
# The four labels are in the monitored resource, and the sidecar removes them from the
# metric, together with any other label that the pod has (lint rule REC005). That is
# why the label app is copied to svc_app.
# Windows are at least 40s, because linkerd-viz scrapes every 10s (REC015).
%sgroups:
- name: linkerd_gcm
  interval: %s
  rules:
`

const (
	allNamespaces  = "# The proxies of pods in all namespaces measure (REC017); --namespace selects some.\n"
	someNamespaces = "# The proxies of pods in these namespaces measure: %s.\n"
)

const responseRateComment = `  # Responses per second that the pods receive from each service.
`

const latencyComment = `  # Milliseconds until services answer the pods. Each pod measures for itself:
  # percentiles of several pods cannot be averaged. Without traffic there is a gap.
`

// Why totals are recorded as they are depends on what the sidecar makes of one that falls.
var countComments = map[settings.Sidecar]string{
	settings.Stackdriver: `  # Responses that the pods have sent within the window, as gauges: a sum of running
  # totals falls when a proxy forgets an idle series, and the sidecar would assume a
  # reset and count the rest of the sum again (REC011).
`,
	settings.GCMExporter: `  # Responses that the pods have sent within the window, as gauges. Running totals need
  # no rule: gcm-exporter sums them up itself, as "linkerd-gcm generate" has it without
  # --recorded.
`,
}

var counterComments = map[settings.Sidecar]string{
	settings.Stackdriver: `  # Responses that the pods have sent, cumulative, for request-based objectives:
  # those with classification="success" are the good ones, all of them are the total.
  # A proxy forgets a series that was idle for ten minutes, so that a sum of series
  # can fall (REC011). Therefore each series is exported by itself, and falls only
  # when it really starts again. The labels that distinguish the series are joined
  # into proxy_series, because the sidecar drops series with more than ten labels
  # (REC007). Google Cloud Monitoring adds them up, and bills each one. The sidecar
  # counts from the first value of a series that it sees: the first failure of its
  # kind is not counted.
`,
	settings.GCMExporter: `  # Responses that the pods have sent, cumulative, for request-based objectives:
  # those with classification="success" are the good ones, all of them are the total.
  # A proxy forgets a series that was idle for ten minutes, so that a sum of series can
  # fall, and rises by too much when the series comes back (REC011). Therefore each
  # series is exported by itself. The labels that distinguish the series are joined into
  # proxy_series. Google Cloud Monitoring adds the series up, and bills each one: fewer
  # do if gcm-exporter sums them up itself, as "linkerd-gcm generate" has it without
  # --recorded.
`,
}

// joinedLabels are the labels that distinguish the proxies' inbound series of one pod,
// besides status_code and classification
// (linkerd.io/2-edge/reference/proxy-metrics; linkerd2-proxy,
// linkerd/app/core/src/metrics.rs).
var joinedLabels = []string{
	"authority", "target_addr", "tls", "no_tls_reason", "client_id",
	"srv_group", "srv_kind", "srv_name", "srv_port", "saz_name",
	"route_group", "route_kind", "route_name", "authz_group", "authz_kind", "authz_name",
	"grpc_status", "error",
}

// impliedLabels are those that have only one value, or follow from a joined label.
var impliedLabels = []string{"direction", "target_ip", "target_port"}

// Rules returns a file of recording rules for Linkerd's metrics, in YAML.
func Rules(choices Choices) string {
	c := choices.sorted()
	var b strings.Builder
	scope := allNamespaces
	if len(c.Namespaces) > 0 {
		scope = fmt.Sprintf(someNamespaces, strings.Join(c.Namespaces, ", "))
	}
	fmt.Fprintf(&b, rulesHeader, scope, model.Duration(c.Interval))
	outbound := c.matchers(`direction="outbound"`, `dst_service=~".+"`)
	inbound := c.matchers(`direction="inbound"`)
	write := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  - record: linkerd_job:%s\n    expr: |-\n      %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString(responseRateComment)
	for _, w := range c.Windows {
		write("svc_response_rate:sum_"+text(w), "sum by (job, instance, namespace, pod, dst_namespace, dst_service, status_code) (\n"+
			"        rate(response_total%s[%s])\n      )", outbound, text(w))
	}
	if len(c.Percentiles) > 0 {
		b.WriteString(latencyComment)
	}
	for _, p := range c.Percentiles {
		for _, w := range c.Windows {
			write(fmt.Sprintf("svc_latency_ms:%s_%s", percentileName(p), text(w)),
				"histogram_quantile(%s, sum by (le, job, instance, namespace, pod, dst_namespace, dst_service) (\n"+
					"        rate(response_latency_ms_bucket%s[%s])\n      ))", quantile(p), outbound, text(w))
		}
	}
	b.WriteString(countComments[c.Sidecar])
	for _, w := range c.Windows {
		write("response_count:increase_"+text(w), "label_replace(sum by (job, instance, namespace, pod, app, classification, status_code) (\n"+
			"        increase(response_total%s[%s])\n      ), \"svc_app\", \"$1\", \"app\", \"(.*)\")", inbound, text(w))
	}
	if c.Counter {
		b.WriteString(counterComments[c.Sidecar])
		write("response_total:cumulative", "%s", cumulative("response_total"+inbound))
	}
	return b.String()
}

// matchers returns a selector's matchers, those of the namespaces first.
func (c Choices) matchers(others ...string) string {
	if len(c.Namespaces) > 0 {
		others = append([]string{fmt.Sprintf("namespace=~%q", strings.Join(c.Namespaces, "|"))}, others...)
	}
	return "{" + strings.Join(others, ", ") + "}"
}

// cumulative returns an expression for the same series with few enough labels.
func cumulative(selector string) string {
	var b strings.Builder
	removed := slices.Concat(joinedLabels, impliedLabels)
	b.WriteString(strings.Repeat("label_replace(", len(removed)+1))
	fmt.Fprintf(&b, "\n        label_join(%s, \"proxy_series\", \"|\"", selector)
	for _, label := range joinedLabels {
		fmt.Fprintf(&b, ", %q", label)
	}
	b.WriteString("),\n      \"svc_app\", \"$1\", \"app\", \"(.*)\")")
	for _, label := range removed {
		fmt.Fprintf(&b, ",\n      %q, \"\", %[1]q, \".*\")", label)
	}
	return b.String()
}

func text(d time.Duration) string { return model.Duration(d).String() }

// percentileName returns a name such as p99 or p99_9.
func percentileName(percentile float64) string {
	return "p" + strings.ReplaceAll(strconv.FormatFloat(percentile, 'f', -1, 64), ".", "_")
}

// quantile returns the percentile divided by 100, exactly as its digits say.
func quantile(percentile float64) string {
	digits := strconv.FormatFloat(percentile, 'f', -1, 64)
	q, err := strconv.ParseFloat(digits+"e-2", 64)
	if err != nil {
		return digits // cannot happen: a number is also a number with another exponent
	}
	return strconv.FormatFloat(q, 'f', -1, 64)
}

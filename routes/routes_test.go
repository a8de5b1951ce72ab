package routes

import (
	"errors"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var meshed = Scraper{ServiceAccount: "prometheus", Namespace: "monitoring"}

func unmeshed(networks ...string) Scraper {
	var s Scraper
	for _, n := range networks {
		s.Networks = append(s.Networks, netip.MustParsePrefix(n))
	}
	return s
}

// guardedExamples are namespaces of all kinds: named by somebody, with a Server of its own, that
// refuses, and with proxies that differ.
var guardedExamples = []GuardedNamespace{
	{Name: "shop"}, {Name: "payment", Servers: []string{"metrics"}}, {Name: "closed", Defaults: []string{"deny"}},
	{Name: "mixed", Servers: []string{"admin-a"}, Defaults: []string{"all-unauthenticated", "deny"}, Others: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a"}}}},
}

// request is one that every route can print.
func request(t *testing.T, version string, s Scraper) Request {
	t.Helper()
	release, err := viz.FindRelease(version)
	if err != nil {
		t.Fatal(err)
	}
	return Request{
		Viz: OfRelease(release, "linkerd-viz"), Scraper: s, Form: Plain, Recorded: WithoutRecorded, Interval: DefaultInterval, SampleLimit: 500_000,
		URL: "https://store.example.com/api/v1/push", Cluster: "west", Metrics: DefaultMetrics, Query: DefaultQuery, LocalPort: DefaultLocalPort,
		Now: time.Unix(1_800_000_000, 0), Invocation: "linkerd-gcm export …",
	}
}

func TestWhatRoutesPrint(t *testing.T) {
	for _, version := range []string{"2.11", "2.14", "2.17", "2.20"} {
		for _, route := range Routes {
			for _, form := range route.Forms {
				for name, scraper := range map[string]Scraper{"meshed": meshed, "network": unmeshed("10.8.0.0/14", "fd00:8::/32")} {
					r := request(t, version, scraper)
					r.Form = form
					if route.Name == "proxies" && name == "meshed" && version != "2.11" { // which has no AuthorizationPolicies
						r.Guarded = guardedExamples
					}
					out, err := route.Print(r)
					if err != nil {
						t.Fatalf("%s, %s: %v", route.Name, version, err)
					}
					checkText(t, out)
					if version == "2.14" && name == "meshed" || version == "2.20" && name == "network" || version == "2.11" && form == Plain && name == "meshed" {
						golden.Compare(t, filepath.Join(version, route.Name+"-"+string(form)+".txt"), out.Text(All)+"\n# Warnings:\n"+comment(strings.Join(out.Warnings, "\n"))+"\n")
					}
				}
			}
		}
	}
}

// checkText wants all that is YAML to be valid, to end with one newline, and not to open
// anything to everybody.
func checkText(t *testing.T, out Output) {
	t.Helper()
	for _, text := range []string{out.Config, out.Objects} {
		decoder := yaml.NewDecoder(strings.NewReader(text))
		for range strings.Count(text, "\n---\n") + 1 {
			var document any
			if err := decoder.Decode(&document); err != nil && text != "" {
				t.Errorf("%v in\n%s", err, text)
			}
		}
		if text != "" && (!strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n")) {
			t.Errorf("the text ends with %q", text[max(0, len(text)-10):])
		}
		if strings.Contains(text, "0.0.0.0/0") || strings.Contains(text, "::/0") {
			t.Errorf("everybody is let in by\n%s", text)
		}
		for line := range strings.Lines(text) {
			if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "# ") && !strings.HasPrefix(trimmed, "#  ") && len(trimmed) > commentWidth {
				t.Errorf("a long comment: %s", line)
			}
		}
	}
}

// TestAPathInFrontIsInAllThatAsks is about Prometheus with --web.route-prefix.
func TestAPathInFrontIsInAllThatAsks(t *testing.T) {
	for _, route := range []string{"federation", "servicemonitor", "api"} {
		r := request(t, "2.19", meshed)
		r.Viz.PathPrefix = "/prom"
		found, _ := Find(route)
		out, err := found.Print(r)
		if err != nil {
			t.Fatal(err)
		}
		text := out.Config + out.Objects + out.Commands
		if !strings.Contains(text, "/prom/federate") || regexp.MustCompile(`(localhost:\d+|local:\d+|path: )/(federate|api)`).MatchString(text) {
			t.Errorf("%s:\n%s", route, text)
		}
	}
}

// TestCommandsAreForTheClusterThatWasNamed wants all commands of kubectl to have the flags that
// name it, and advised ones of linkerd-gcm as well.
func TestCommandsAreForTheClusterThatWasNamed(t *testing.T) {
	const flags = " --context west"
	var text strings.Builder
	for _, version := range []string{"2.12", "2.20"} {
		for _, route := range Routes {
			r := request(t, version, meshed)
			r.ClusterFlags, r.Guarded = flags, []GuardedNamespace{{Name: "shop"}}
			out, err := route.Print(r)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(out.Text(All))
		}
	}
	for _, exporter := range []string{"", "gcm-exporter"} {
		for _, a := range Advise(Facts{Viz: request(t, "2.20", meshed).Viz, HasViz: true, OperatorAPI: true, Exporter: exporter, ClusterFlags: flags}) {
			if !strings.Contains(a.Command, flags) {
				t.Errorf("for any cluster: %s", a.Command)
			}
			text.WriteString(a.Command + "\n")
		}
	}
	count := 0
	for _, command := range regexp.MustCompile(`kubectl .*`).FindAllString(text.String(), -1) {
		if strings.HasPrefix(command, "kubectl get --raw, which") {
			continue
		}
		count++
		if !strings.HasPrefix(command, "kubectl"+flags+" ") {
			t.Errorf("for any cluster: %s", command)
		}
	}
	if count < 15 {
		t.Errorf("%d commands", count)
	}
}

func TestSelectorsOfWhatIsWanted(t *testing.T) {
	r := request(t, "2.20", meshed)
	for recorded, want := range map[Recorded][]string{
		WithRecorded:    {`{job="linkerd-proxy"}`, `{job="linkerd-controller"}`, `{job="linkerd-multicluster-controller"}`, `{__name__=~".*:.*"}`},
		WithoutRecorded: {`{job="linkerd-proxy",__name__!~".*:.*"}`, `{job="linkerd-controller",__name__!~".*:.*"}`, `{job="linkerd-multicluster-controller",__name__!~".*:.*"}`},
		OnlyRecorded:    {`{__name__=~".*:.*"}`},
	} {
		r.Recorded = recorded
		if diff := cmp.Diff(want, r.Selectors()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", recorded, diff)
		}
	}
}

func TestJobsOfAConfiguration(t *testing.T) {
	config, err := viz.ReadPrometheusConfig("scrape_configs: [{job_name: prometheus}, {job_name: shop}, {job_name: linkerd-proxy}, {job_name: linkerd-controller}]")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"linkerd-controller", "linkerd-proxy"}, slices.Sorted(slices.Values(LinkerdJobs(config)))); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBePrinted(t *testing.T) {
	for name, test := range map[string]struct {
		route  string
		change func(*Request)
		want   error
	}{
		"federation for nobody":                  {"federation", func(r *Request) { r.Scraper = Scraper{} }, ErrNobody},
		"a monitor for nobody":                   {"servicemonitor", func(r *Request) { r.Scraper = Scraper{} }, ErrNobody},
		"proxies of deny namespaces, for nobody": {"proxies", func(r *Request) { r.Scraper, r.Guarded = Scraper{}, []GuardedNamespace{{Name: "a"}} }, ErrNobody},
		"a monitor without a port":               {"servicemonitor", func(r *Request) { r.Viz.PortName = "" }, errNoPortName},
		"remote write to nowhere":                {"remote-write", func(r *Request) { r.URL = "" }, errNoURL},
	} {
		r := request(t, "2.20", meshed)
		test.change(&r)
		route, _ := Find(test.route)
		if out, err := route.Print(r); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v, printed:\n%s", name, err, test.want, out.Text(All))
		}
	}
	r := request(t, "2.20", Scraper{ServiceAccount: strings.Repeat("a", 240), Namespace: "monitoring"})
	if _, err := federation(r); err == nil {
		t.Error("a policy gets a name that is too long")
	}
}

func TestNobodyNeedsToBeNamed(t *testing.T) {
	for name, change := range map[string]func(*Request){
		"where everybody is let in":   func(r *Request) { r.Viz.Server = "" },
		"where a policy exists":       func(r *Request) { r.NoPolicy = true },
		"where nobody is guarded":     func(*Request) {},
		"where one asks for commands": func(*Request) {},
	} {
		r := request(t, "2.20", Scraper{})
		change(&r)
		for _, route := range Routes {
			if route.Asks && r.needsPolicy() && (route.Name == "federation" || route.Name == "servicemonitor") {
				continue
			}
			if _, err := route.Print(r); err != nil {
				t.Errorf("%s, %s: %v", name, route.Name, err)
			}
		}
	}
}

func TestNetworks(t *testing.T) {
	for text, want := range map[string]string{"10.8.1.2/14": "10.8.0.0/14", "10.0.0.0/8": "10.0.0.0/8", "fd00:8::1/64": "fd00:8::/64", "192.168.1.1/32": "192.168.1.1/32"} {
		if got, err := ParseNetwork(text); err != nil || got.String() != want {
			t.Errorf("%s: %s, error %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "10.0.0.1", "0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3", "::ffff:0.0.0.0/96", "shop"} {
		if got, err := ParseNetwork(text); err == nil {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
	for text, want := range map[string]string{"10.0.0.1": "10.0.0.1/32", "fd00::1": "fd00::1/128"} {
		if _, err := ParseNetwork(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want it to name %s", text, err, want)
		}
	}
}

func TestPublicNetworksAreWarnedOf(t *testing.T) {
	for network, want := range map[string]bool{
		"34.0.0.0/8": true, "172.0.0.0/8": true, "192.168.0.0/15": true, "2001:db8::/32": true, "11.1.2.3/32": true,
		"10.0.0.0/8": false, "172.20.0.0/14": false, "192.168.7.0/24": false, "100.64.0.0/10": false, "240.0.0.0/8": false, "fd00:8::/32": false,
	} {
		out, err := federation(request(t, "2.20", unmeshed("10.8.0.0/14", network)))
		if err != nil {
			t.Fatal(err)
		}
		warned := strings.Contains(strings.Join(out.Warnings, "\n"), network+" has public addresses")
		if commented := strings.Contains(strings.ReplaceAll(out.Objects, "\n# ", " "), network+" has public addresses"); warned != want || commented != want {
			t.Errorf("%s is called public: %v, in the comment: %v, want %v", network, warned, commented, want)
		}
	}
}

// TestWhatVizDoesNotHaveIsSaid is about the charts whose jobs miss the control plane.
func TestWhatVizDoesNotHaveIsSaid(t *testing.T) {
	for _, route := range Routes {
		for _, version := range []string{"2.18", "2.19", "edge-26.3.1", "2.20"} {
			for _, recorded := range RecordedChoices {
				r := request(t, version, meshed)
				r.Recorded, r.Viz.PortName = recorded, "admin"
				out, err := route.Print(r)
				if err != nil {
					t.Fatal(err)
				}
				const says = "has no metrics of the control plane"
				want := route.Selects && recorded != OnlyRecorded && (version == "2.19" || version == "edge-26.3.1")
				warned := strings.Contains(strings.Join(out.Warnings, "\n"), says)
				commented := strings.Contains(strings.Join(strings.FieldsFunc(out.Text(All), func(r rune) bool { return strings.ContainsRune("# \n", r) }), " "), says)
				if warned != want || commented != want {
					t.Errorf("%s, %s, %s recorded series: warned %v, commented %v, want %v", route.Name, version, recorded, warned, commented, want)
				}
			}
		}
	}
}

func TestTimesAreThoseOfTheCluster(t *testing.T) {
	for _, test := range []struct {
		retention, interval time.Duration
		keeps, every        string
	}{
		{6 * time.Hour, 10 * time.Second, "It keeps samples for 6h:", "has new samples every 10s."},
		{15 * 24 * time.Hour, time.Minute, "It keeps samples for 15d:", "has new samples every 1m."},
		{0, 0, "How long it keeps samples is not known:", "Shorter costs more"},
	} {
		r := request(t, "2.20", meshed)
		r.Viz.Retention, r.Viz.ScrapeInterval = test.retention, test.interval
		if got := r.aboutShells(); !strings.Contains(got, test.keeps) {
			t.Errorf("want %q in %q", test.keeps, got)
		}
		if got := r.whyInterval(); !strings.Contains(got, test.every) {
			t.Errorf("want %q in %q", test.every, got)
		}
	}
}

func TestRemoteWriteThatIsThereIsNotLost(t *testing.T) {
	for _, is := range []bool{true, false} {
		r := request(t, "2.20", Scraper{})
		r.Viz.RemoteWrite = is
		out, err := remoteWrite(r)
		if warned := strings.Contains(strings.Join(out.Warnings, "\n"), "has remote write already"); err != nil || warned != is {
			t.Errorf("error %v, warned %v, want %v", err, warned, is)
		}
	}
}

func TestIntervalsAndTimeouts(t *testing.T) {
	for text, want := range map[string][2]string{
		"10s": {"10s", "8s"}, "30s": {"30s", "25s"}, "1m": {"1m", "50s"}, "2m": {"2m", "1m40s"}, "90s": {"1m30s", "1m15s"}, "10500ms": {"10s500ms", "8s"},
	} {
		interval, err := ParseInterval(text)
		r := Request{Interval: interval}
		if got := [2]string{r.interval(), r.timeout()}; err != nil || got != want {
			t.Errorf("%s: interval and timeout %q, error %v, want %q", text, got, err, want)
		}
		for _, printed := range want {
			if _, err := model.ParseDuration(printed); err != nil {
				t.Errorf("Prometheus refuses %q: %s", printed, err)
			}
		}
	}
	for _, text := range []string{"", "5s", "3m", "30"} {
		if _, err := ParseInterval(text); err == nil {
			t.Errorf("%q is taken for an interval", text)
		}
	}
}

func TestMetricSetsAreMetricsOfTheProxy(t *testing.T) {
	known := slices.Concat(viz.RawHistograms, viz.ProxyCounters, viz.OtherMetrics, []string{"inbound_http_authz_deny_total"})
	for _, set := range MetricSets {
		for _, name := range set.Metrics {
			if !slices.Contains(known, name) {
				t.Errorf("set %s has %s, which is not known", set.Name, name)
			}
		}
	}
	r := Request{Metrics: []string{"golden"}}
	for name, want := range map[string]bool{"request_total": true, "response_latency_ms_bucket": true, "response_latency_ms": false, "tcp_open_total": false, "route_request_total": false, "process_start_time_seconds": true} {
		if got := r.Keeps()(name); got != want {
			t.Errorf("%s is kept: %v, want %v", name, got, want)
		}
	}
	if !(Request{Metrics: []string{"golden", AllMetrics}}).Keeps()("anything") {
		t.Error("all does not keep all")
	}
}

func TestRoutesHaveNamesOfTheirOwn(t *testing.T) {
	for _, route := range Routes {
		if found, is := Find(route.Name); !is || found.Title != route.Title {
			t.Errorf("%s is found as %s, %v", route.Name, found.Title, is)
		}
	}
	if _, is := Find("carrier-pigeon"); is {
		t.Error("a route is found that is not there")
	}
}

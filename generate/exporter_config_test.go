package generate_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var matchersByText = cmp.Comparer(func(a, b *labels.Matcher) bool { return a.String() == b.String() })

// parsed reads a configuration as gcm-exporter does.
func parsed(t *testing.T, config string) *configuration.File {
	t.Helper()
	file, err := configuration.ParseFile([]byte(config))
	if err != nil {
		t.Fatalf("%v in\n%s", err, config)
	}
	return file
}

func TestSummedUpIsWhatIsBuiltIn(t *testing.T) {
	builtIn := configuration.Effective(nil, nil)
	got := configuration.Effective(nil, parsed(t, generate.SummedConfig(viz, nil)))
	if diff := cmp.Diff(builtIn.File.Aggregates, got.File.Aggregates, matchersByText); diff != "" || got.Case != configuration.FileApplies {
		t.Errorf("%s applies (-built-in +generated):\n%s", got.Case, diff)
	}
	if diff := cmp.Diff(builtIn.Include, got.Include, matchersByText); diff != "" {
		t.Errorf("selectors (-built-in +generated):\n%s", diff)
	}
}

func TestSummedUpOfSomeNamespaces(t *testing.T) {
	text := generate.SummedConfig(viz, []string{"shop", "payment", "shop"})
	for _, a := range parsed(t, text).Aggregates {
		for namespace, want := range map[string]bool{"shop": true, "payment": true, "shops": false, "": false} {
			inbound := strings.Contains(a.To, "inbound")
			direction := map[bool]string{true: "inbound", false: "outbound"}[inbound]
			if got := a.Match.Matches(labels.FromStrings("job", "linkerd-proxy", "namespace", namespace, "direction", direction)); got != want {
				t.Errorf("%s of namespace %q: %v", a.To, namespace, got)
			}
		}
	}
	if one := generate.SummedConfig(viz, []string{"payment", "shop"}); one != text {
		t.Error("the order of namespaces makes a difference")
	}
}

// resolved returns what gcm-exporter makes of recorded metrics with a configuration, and with
// the selector that the configuration's comment names: metric type and kind, or the reason
// why there is none.
func resolved(t *testing.T, config string, recorded []string) map[string]string {
	t.Helper()
	command := regexp.MustCompile(`(?m)^#   kubectl annotate namespace linkerd-viz --overwrite \\\n#     '` + settings.Include + `=(.*)'$`).FindStringSubmatch(config)
	if command == nil {
		t.Fatalf("no command in\n%s", config)
	}
	selector, err := configuration.ParseSelector(command[1])
	if err != nil {
		t.Fatal(err)
	}
	file := parsed(t, config)
	if byDefault := configuration.Effective(nil, file); byDefault.Case != configuration.FileApplies {
		t.Fatalf("without selector, %s applies", byDefault.Case)
	}
	resolver := series.NewResolver(configuration.Settings{Destination: configuration.CloudMonitoring, Project: "p", Location: "l", Cluster: "c",
		MetricsPrefix: monitoring.DefaultMetricsPrefix, Include: []configuration.Selector{selector}, MaxLabels: 10}, file)
	got := map[string]string{}
	for _, name := range recorded {
		resolution, _ := resolver.Resolve(labels.FromStrings("__name__", name, "job", "j", "instance", "i"), false, onePod{})
		if resolution.Reason != "" {
			got[name] = string(resolution.Reason)
			continue
		}
		out := resolution.Outputs[0]
		got[name] = strings.TrimPrefix(out.MetricType, monitoring.DefaultMetricsPrefix+"/") + " " + string(out.Kind)
	}
	return got
}

// onePod is a Prometheus with one target that has no metrics.
type onePod struct{}

func (onePod) Target(labels.Labels) (*series.Target, series.Answer) {
	return &series.Target{Labels: labels.FromStrings("job", "j", "instance", "i"), Discovered: labels.FromStrings("__meta_kubernetes_namespace", "shop",
		"__meta_kubernetes_pod_name", "web-1", "__meta_kubernetes_pod_container_name", "linkerd-proxy")}, series.Found
}

func (onePod) Metadata(*series.Target, string) (series.Metadata, series.Answer) {
	return series.Metadata{}, series.NotFound
}

func names(file *rules.File) []string {
	var all []string
	for _, rule := range file.Rules() {
		all = append(all, rule.Record)
	}
	return all
}

// TestRecordedArrivesUnderTheSameNames compares the types that gcm-exporter makes of generated
// rules with the names that Google's sidecar is told: whoever changes over keeps them.
func TestRecordedArrivesUnderTheSameNames(t *testing.T) {
	for _, counter := range []bool{false, true} {
		text := generate.Rules(generate.Choices{Sidecar: settings.GCMExporter, Percentiles: []float64{50, 99.9},
			Windows: []time.Duration{time.Minute, time.Hour}, Interval: time.Minute, Counter: counter})
		file, diagnostics := rules.Parse([]byte(text))
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		want := map[string]string{}
		google := parsed(t, generate.SidecarConfig(file))
		for _, name := range names(file) {
			want[name] = google.Renames[name] + " " + map[bool]string{true: "CUMULATIVE", false: "GAUGE"}[google.Static[name].Type == "counter"]
		}
		if diff := cmp.Diff(want, resolved(t, generate.RecordedConfig(viz, file), names(file))); diff != "" {
			t.Errorf("types (-of Google's sidecar +of gcm-exporter):\n%s", diff)
		}
	}
}

func TestRecordedByOtherRules(t *testing.T) {
	const text = "groups:\n- name: a\n  rules:\n" +
		"  - {record: 'a:b_c', expr: 'sum without (le) (request_total)'}\n" +
		"  - {record: 'a_b:c', expr: 'sum by (job, instance) (rate(request_total[1m]))'}\n" +
		"  - {record: 'a_b_c', expr: 'sum by (job, instance) (rate(request_total[2m]))'}\n" +
		"  - {record: ':9x', expr: 'sum by (job, instance) (rate(request_total[4m]))'}\n" +
		"  - {record: 'plain_total', expr: 'sum without (le) (response_total)'}\n"
	file, diagnostics := rules.Parse([]byte(text))
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	want := map[string]string{"a:b_c": "a_b_c_2 CUMULATIVE", "a_b:c": "a_b_c_3 GAUGE", "a_b_c": "a_b_c GAUGE", ":9x": "x GAUGE", "plain_total": "plain_total CUMULATIVE"}
	if diff := cmp.Diff(want, resolved(t, generate.RecordedConfig(viz, file), names(file))); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestWithoutRulesThereIsOneConfigMap(t *testing.T) {
	const config = "aggregate: []\n"
	stream, err := generate.ConfigMap(viz, config)
	if err != nil {
		t.Fatal(err)
	}
	if documents := separator.Split(string(stream), -1); len(documents) != 1 || !strings.Contains(documents[0], "name: linkerd-prometheus-sidecar-config\n") {
		t.Errorf("got\n%s", stream)
	}
}

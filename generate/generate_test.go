package generate_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const viz = "linkerd-viz"

// separator is between two documents; in a ConfigMap's text it is indented.
var separator = regexp.MustCompile(`(?m)^---\n`)

// generated returns the ConfigMaps for a text of rules, as kubectl reads them.
func generated(t *testing.T, text string) []*corev1.ConfigMap {
	t.Helper()
	file, diagnostics := rules.Parse([]byte(text))
	if len(diagnostics) > 0 {
		t.Fatalf("rules: %v in\n%s", diagnostics, text)
	}
	stream, err := generate.ConfigMaps(viz, text, generate.SidecarConfig(file))
	if err != nil {
		t.Fatal(err)
	}
	var all []*corev1.ConfigMap
	for _, document := range separator.Split(string(stream), -1) {
		configMap := &corev1.ConfigMap{}
		if err := yaml.UnmarshalStrict([]byte(document), configMap); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		all = append(all, configMap)
	}
	return all
}

// findings lints generated ConfigMaps in a namespace whose annotations are complete
// and correct.
func findings(t *testing.T, include, text string) []string {
	t.Helper()
	namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: viz}, Annotations: map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1",
		settings.ClusterName: "my-cluster", settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1", settings.Include: include,
	}}
	in := lint.FromAnnotations(namespace, lint.Annotated{}, settings.Defaults{})
	for _, configMap := range generated(t, text) {
		in.AddConfigMap(viz, configMap.Name, configMap)
	}
	if len(in.RuleFiles) != 1 || in.SidecarConfig == nil {
		t.Fatalf("%d files of rules, sidecar's configuration %v", len(in.RuleFiles), in.SidecarConfig)
	}
	var all []string
	for _, f := range lint.Check(in).Findings {
		all = append(all, fmt.Sprintf("%s %s %s:%d:%d %s", f.Rule, f.Severity, f.Object.Key, f.Line, f.Column, f.Message))
	}
	return all
}

const linkerdJob = `{__name__=~"linkerd_job:.+"}`

func TestGeneratedRulesLintClean(t *testing.T) {
	for _, namespaces := range [][]string{nil, {"default"}, {"shop", "payment"}} {
		for _, percentiles := range [][]float64{nil, {50, 99}, {0.001, 99.9, 99.99}} {
			for _, windows := range [][]time.Duration{{generate.MinWindow}, {time.Minute, 5 * time.Minute}, {90 * time.Second, 24 * time.Hour}} {
				for _, interval := range []time.Duration{generate.MinInterval, 30 * time.Second, 10 * time.Minute} {
					for _, counter := range []bool{false, true} {
						choices := generate.Choices{Sidecar: settings.Stackdriver, Namespaces: namespaces, Percentiles: percentiles, Windows: windows, Interval: interval, Counter: counter}
						if all := findings(t, linkerdJob, generate.Rules(choices)); len(all) > 0 {
							t.Errorf("%+v:\n%s", choices, strings.Join(all, "\n"))
						}
					}
				}
			}
		}
	}
}

func TestTheOrderOfChoicesDoesNotMatter(t *testing.T) {
	one := generate.Rules(generate.Choices{Sidecar: settings.Stackdriver, Namespaces: []string{"a", "b"}, Percentiles: []float64{50, 99}, Windows: []time.Duration{time.Minute, time.Hour}})
	two := generate.Rules(generate.Choices{Sidecar: settings.Stackdriver, Namespaces: []string{"b", "a", "b"}, Percentiles: []float64{99, 50, 99}, Windows: []time.Duration{time.Hour, time.Minute, time.Hour}})
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("rules:\n%s", diff)
	}
}

func TestCountersAreExportedWithoutAggregation(t *testing.T) {
	file, _ := rules.Parse([]byte(generate.Rules(generate.Choices{Sidecar: settings.Stackdriver, Windows: []time.Duration{time.Minute}, Counter: true})))
	all := file.Rules()
	last := all[len(all)-1]
	if last.Value.Kind != rules.Counter || len(last.Aggregations) > 0 {
		t.Errorf("%s is a %s with aggregations %v", last.Record, last.Value.Kind, last.Aggregations)
	}
	for _, label := range []string{"job", "instance", "classification", "status_code", "proxy_series"} {
		if last.Labels.Label(label).Presence == rules.Absent {
			t.Errorf("no label %s", label)
		}
	}
	for _, label := range []string{"direction", "tls", "target_addr", "target_ip", "authz_name", "error"} {
		if last.Labels.Label(label).Presence != rules.Absent {
			t.Errorf("label %s is kept: %s", label, last.Labels.Label(label))
		}
	}
}

func TestConfigurationForOtherRules(t *testing.T) {
	const text = "groups:\n- name: a\n  interval: 30s\n  rules:\n" +
		"  - {record: 'a:b_c', expr: 'sum without (le) (request_total)'}\n" +
		"  - {record: 'a_b:c', expr: 'sum by (job, instance) (rate(request_total[1m]))'}\n" +
		"  - {record: 'a_b_c', expr: 'sum by (job, instance) (rate(request_total[2m]))'}\n" +
		"  - {record: 'on:', expr: 'sum by (job, instance) (rate(request_total[3m]))'}\n" +
		"  - {record: ':9x', expr: 'sum by (job, instance) (rate(request_total[4m]))'}\n" +
		"  - {record: '::', expr: 'sum by (job, instance) (rate(request_total[5m]))'}\n" +
		"  - {record: 'plain_total', expr: 'sum without (le) (response_total)'}\n"
	var got struct {
		Renames []struct{ From, To string }     `json:"metric_renames"`
		Types   []struct{ Metric, Type string } `json:"static_metadata"`
	}
	want := got
	want.Renames = []struct{ From, To string }{
		{":9x", "x"}, {"::", "metric"}, {"a:b_c", "a_b_c_2"}, {"a_b:c", "a_b_c_3"}, {"on:", "on_"},
	}
	want.Types = []struct{ Metric, Type string }{{"a:b_c", "counter"}, {"a_b_c", "gauge"}, {"plain_total", "counter"}}
	if err := yaml.Unmarshal([]byte(generated(t, text)[0].Data["sidecar.yml"]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if all := findings(t, `{__name__=~".*:.*|a_b_c|plain_total"}`, text); len(all) > 0 {
		t.Errorf("findings:\n%s", strings.Join(all, "\n"))
	}
}

func TestRulesStayAsTheyAreByteForByte(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                 "",
		"no newline at the end":   "groups: []",
		"newlines at the end":     "groups: []\n\n\n",
		"Windows' ends of lines":  "groups: []\r\n# more\r\n",
		"space at ends of lines":  "groups: [] \n# more \t\n \n",
		"space at the beginning":  "\n  \n    # far\n  groups: []\n",
		"tabs and other letters":  "# \tÄ 日本 \U0001F600\ngroups: []\n",
		"a separator in the text": "---\ngroups: []\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := generated(t, text)[1].Data["recording_rules.yml"]
			if diff := cmp.Diff(text, got); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsedChoices(t *testing.T) {
	parsers := map[string]func(string) (any, error){
		"percentile": func(text string) (any, error) { return generate.ParsePercentile(text) },
		"window":     func(text string) (any, error) { return generate.ParseWindow(text) },
		"interval":   func(text string) (any, error) { return generate.ParseInterval(text) },
	}
	for choice, tests := range map[string]map[string]any{
		"percentile": {"50": 50.0, "99.999": 99.999, "0.001": 0.001, "0": nil, "100": nil, "-1": nil, "NaN": nil, "99.9999": nil, "p99": nil, "": nil},
		"window":     {"40s": 40 * time.Second, "1h30m": 90 * time.Minute, "39s": nil, "5": nil, "-1m": nil, "": nil},
		"interval":   {"10s": 10 * time.Second, "1m": time.Minute, "9s999ms": nil, "30": nil, "": nil},
	} {
		for text, want := range tests {
			got, err := parsers[choice](text)
			if (err != nil) != (want == nil) || err == nil && got != want {
				t.Errorf("%s %q: got %v, %v, want %v", choice, text, got, err, want)
			}
		}
	}
}

package configuration

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
)

func selector(t testing.TB, text string) Selector {
	t.Helper()
	s, err := ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var byText = cmp.Comparer(func(a, b *labels.Matcher) bool { return a.String() == b.String() })

func TestParseFile(t *testing.T) {
	got, err := ParseFile([]byte(`
metric_renames:
- from: linkerd_job:response_total:sum
  to: responses
- {from: five, to: 5}
static_metadata:
- metric: linkerd_job:response_total:sum
  type: counter
  value_type: int64
  help: responses
- metric: odd
  type: untyped
aggregated_counters:
- metric: all_responses
  filters: ['response_total{direction="outbound"}', '{__name__="request_total"}']
aggregate:
- metric: response_total
  match: '{direction="outbound",tls!="true"}'
  by: [dst_service, status_code]
  to: svc_responses
- metric: a:b
- metric: response_latency_ms
  without: [instance]
`))
	if err != nil {
		t.Fatal(err)
	}
	outbound := selector(t, `response_total{direction="outbound",tls!="true"}`)
	want := &File{
		HasKeys: true,
		Renames: map[string]string{"linkerd_job:response_total:sum": "responses", "five": "5"},
		Static: map[string]Static{
			"linkerd_job:response_total:sum": {Type: "counter", Int64: true, Help: "responses"},
			"odd":                            {Type: "unknown"},
		},
		Counters: []Counter{{Metric: "all_responses", Filters: []Selector{
			selector(t, `response_total{direction="outbound"}`), selector(t, `{__name__="request_total"}`)}}},
		Aggregates: []Aggregate{
			{Metric: "response_total", Match: outbound[:2], By: []string{"dst_service", "status_code"}, HasBy: true, To: "svc_responses"},
			{Metric: "a:b", To: "a_b"},
			{Metric: "response_latency_ms", Without: []string{"instance"}, To: "response_latency_ms"},
		},
	}
	if diff := cmp.Diff(want, got, byText); diff != "" {
		t.Errorf("the file is read differently (-want +got):\n%s", diff)
	}
}

func TestEmptyFiles(t *testing.T) {
	for text, empty := range map[string]bool{
		"": true, " \n": true, "# nothing\n": true, "---\n": true, "null": true, "{}": true, "metric_renames:\n": false, "metric_renames: []\n": false,
	} {
		got, err := ParseFile([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if len(got.Renames)+len(got.Static)+len(got.Aggregates)+len(got.Counters) > 0 || got.Empty() != empty {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no YAML":          {"a: [", "1:1: the file is not valid YAML: line 1: did not find expected node content"},
		"a list":           {"- a", "1:1: the file must be a map with aggregate, aggregated_counters, metric_renames, static_metadata"},
		"misspelt key":     {"metric_renmes: []", `1:1: the file has no key "metric_renmes": write metric_renames`},
		"other case":       {"Metric_Renames: []", `1:1: the file has no key "Metric_Renames": write metric_renames`},
		"twice":            {"aggregate: []\naggregate: []", `2:1: key "aggregate" stands in line 1 already: remove one of them`},
		"second document":  {"aggregate: []\n---\na: b", "2:1: the file has a second YAML document: write everything in one document"},
		"map for list":     {"metric_renames:\n  from: a", "2:3: metric_renames must be a list: begin each entry with -"},
		"no from":          {"metric_renames:\n- to: a", "2:3: metric_renames[0] has no from: name the metric as Prometheus has it"},
		"no to":            {"metric_renames:\n- from: a", `2:3: metric_renames[0] has no to, the new name: write to: a`},
		"null to":          {"metric_renames:\n- {from: 'a:b', to: ~}", `2:21: metric_renames[0] has no to, the new name: write to: a_b`},
		"no sum":           {"aggregated_counters:\n- {metric: ~, filters: [a]}", `2:12: aggregated_counters[0].metric "" is refused by Google Cloud Monitoring: the name is empty: write a name of letters, digits, _ and /`},
		"colon":            {"metric_renames:\n- {from: a, to: 'a:b'}", `2:18: metric_renames[0].to "a:b" is refused by Google Cloud Monitoring: ":" is not allowed in a name: only letters, digits, _ and /: write _ instead`},
		"two names":        {"metric_renames:\n- {from: a, to: b}\n- {from: a, to: c}", `3:3: metric_renames[1] renames "a" to "c", and an earlier entry to "b": remove one of them`},
		"no metric":        {"static_metadata:\n- type: gauge", "2:3: static_metadata[0] has no metric: name the metric as Prometheus has it"},
		"type":             {"static_metadata:\n- {metric: a, type: Counter}", `2:21: static_metadata[0].type "Counter" is not a type: write counter`},
		"no type":          {"static_metadata:\n- metric: a", `2:3: static_metadata[0].type "" is not a type: write one of counter, gauge, histogram, summary, unknown, untyped`},
		"value type":       {"static_metadata:\n- {metric: a, type: gauge, value_type: float}", `2:40: static_metadata[0].value_type "float" is not a value type: write one of double, int64`},
		"histogram bucket": {"static_metadata:\n- {metric: a_bucket, type: histogram}", `2:12: static_metadata[0] makes a histogram of "a_bucket", which is one of a histogram's series: write a`},
		"two types":        {"static_metadata:\n- {metric: a, type: gauge}\n- {metric: a, type: counter}", `3:3: static_metadata[1] says counter of "a", and an earlier entry gauge: remove one of them`},
		"no filters":       {"aggregated_counters:\n- metric: a", "2:3: aggregated_counters[0] has no filters, and would count nothing: list the selectors of what is to be summed up"},
		"filter":           {"aggregated_counters:\n- {metric: a, filters: ['{']}", `2:24: aggregated_counters[0].filters[0]: "{" is not a selector: 1:2: parse error: unexpected end of input inside braces`},
		"by and without":   {"aggregate:\n- {metric: a, by: [b], without: [c]}", "2:3: aggregate[0] has both by and without: remove one of them"},
		"le":               {"aggregate:\n- {metric: a, by: [le]}", "2:3: aggregate[0] names the label le: remove it: the sum of a histogram keeps its buckets"},
		"le in match":      {"aggregate:\n- {metric: a, match: '{le=\"1\"}'}", `2:23: aggregate[0].match "{le=\"1\"}": "a{le=\"1\"}" has a matcher of the label le: histograms are exported with all their buckets, remove le="1": write matchers in braces, such as {direction="outbound"}`},
		"label":            {"aggregate:\n- {metric: a, by: [b-c]}", `2:3: aggregate[0] names the label "b-c", which is not one that a series has beside its name`},
		"same sum":         {"aggregate:\n- {metric: a}\n- {metric: b, to: a}", `3:3: aggregate[1] is a second entry for "a": give one of them another name with to`},
		"no aggregate":     {"aggregate:\n- {metric: 'a b'}", `2:13: aggregate[0].metric "a b" is not the name of a metric: name a counter, or a histogram without its suffix`},
		"a list as text":   {"metric_renames:\n- {from: [a], to: b}", "2:10: metric_renames[0].from must be a text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseFile([]byte(test.text))
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v", err)
			}
			if !slices.Contains(strings.Split(err.Error(), "\n"), test.want) {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func TestAllThatIsWrongIsSaid(t *testing.T) {
	_, err := ParseFile([]byte("metric_renames:\n- {from: a, to: 'x:y'}\nother: 1\nstatic_metadata:\n- {metric: b, type: b}\n"))
	if got := strings.Count(err.Error(), "\n") + 1; got != 3 {
		t.Errorf("%d lines, want 3:\n%v", got, err)
	}
}

func TestLimits(t *testing.T) {
	if _, err := ParseFile([]byte(strings.Repeat(" ", MaxFileSize+1))); err == nil {
		t.Error("a file that is too large is read")
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 8 {
		bomb += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+",", 9) + "]\n"
	}
	if _, err := ParseFile([]byte(bomb)); err == nil {
		t.Error("unknown keys are read")
	}
	if _, err := ParseSelector(`{a="` + strings.Repeat("x", MaxSelectorLength) + `"}`); err == nil {
		t.Error("a selector that is too long is read")
	}
}

func TestSelectors(t *testing.T) {
	series := labels.FromStrings(labels.MetricName, "a", "job", "b")
	for text, want := range map[string]bool{`a`: true, `{job="b"}`: true, `{__name__=~"a|b",x=""}`: true, `b`: false, `{job!="b",__name__="a"}`: false, `{}`: true} {
		if got := selector(t, text).Matches(series); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	for _, text := range []string{"", `{le="1"}`, `a[5m]`, `'{a="b"}'`} {
		if _, err := ParseSelector(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestSettings(t *testing.T) {
	good := Settings{Destination: CloudMonitoring, MaxSeries: 0, MaxInputs: 1, MaxLabels: 1}
	managed := good
	managed.Destination, managed.Location, managed.Cluster = ManagedPrometheus, "europe-west4", "c"
	global, unnamed, few := managed, managed, good
	global.Location, unnamed.Cluster, few.MaxLabels = "global", "", 0
	for name, test := range map[string]struct {
		settings Settings
		want     string
	}{
		"good":    {good, ""},
		"managed": {managed, ""},
		"global":  {global, "--stackdriver.kubernetes.location=global"},
		"unnamed": {unnamed, "--stackdriver.kubernetes.cluster-name"},
		"few":     {few, "--max-labels=0"},
	} {
		err := test.settings.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("metric_renames:\n- {from: a, to: b}\naggregate:\n- {metric: a, by: [b], match: '{c=\"d\"}'}\n"))
	f.Add([]byte("static_metadata:\n- &a {metric: a, type: gauge}\n- *a\n<<: {a: b}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := ParseFile(text)
		if (file == nil) == (err == nil) {
			t.Fatalf("got %v and %v", file, err)
		}
		var wrong *Error
		if err != nil && (!errors.As(err, &wrong) || len(wrong.Diagnostics) == 0) {
			t.Fatalf("got %v", err)
		}
	})
}

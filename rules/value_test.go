package rules

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"
)

func TestEveryFunctionOfTheParserIsClassified(t *testing.T) {
	want := slices.Sorted(maps.Keys(parser.Functions))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(functions))); diff != "" {
		t.Errorf("functions (-parser +table):\n%s", diff)
	}
	for name, f := range functions {
		types := parser.Functions[name].ArgTypes
		if f.labels == hasNone && parser.Functions[name].ReturnType != parser.ValueTypeScalar && name != "vector" {
			t.Errorf("%s() returns a vector, and the table gives it no labels", name)
		}
		if f.labels != hasNone && types[f.argument] != parser.ValueTypeVector && types[f.argument] != parser.ValueTypeMatrix {
			t.Errorf("argument %d of %s() is a %s, not a vector", f.argument, name, types[f.argument])
		}
	}
}

func TestEveryAggregationOperatorOfTheParserIsClassified(t *testing.T) {
	found := 0
	for item, name := range parser.ItemTypeStr {
		if item.IsAggregator() {
			found++
		}
		if _, ok := operators[item]; ok != item.IsAggregator() {
			t.Errorf("%s: aggregation operator %v, in the table %v", name, item.IsAggregator(), ok)
		}
	}
	if found < 14 {
		t.Errorf("the parser has %d aggregation operators, and Prometheus 2.55 has 14", found)
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		name, expr string
		want       Value
	}{
		{"a metric of unknown kind", `temperature`, Value{}},
		{"a metric in seconds", `uptime_seconds`, fractional(Unknown)},
		{"a counter by its name", `requests_total`, Value{Kind: Counter}},
		{"a counter of seconds", `cpu_seconds_total`, fractional(Counter)},
		{"a histogram's buckets", `latency_seconds_bucket`, Value{Kind: Counter}},
		{"a histogram's count", `latency_seconds_count`, Value{Kind: Counter}},
		{"a histogram's sum", `latency_seconds_sum`, fractional(Counter)},
		{"a recorded name tells nothing", `job:requests_total:sum`, Value{}},
		{"a selector of several counters", `{__name__=~"a_total|b_total"}`, Value{Kind: Counter}},
		{"a selector of different metrics", `{__name__=~"a_total|b"}`, Value{}},
		{"an offset leaves a counter", `requests_total offset 5m`, Value{Kind: Counter}},

		{"a sum of counters", `sum by (job) (requests_total)`, Value{Kind: Counter}},
		{"counters added", `a_total + on (job) b_total`, Value{Kind: Counter}},
		{"a counter and a number", `a_total + 1`, Value{Kind: Counter}},
		{"a counter scaled", `a_seconds_total * 1000`, fractional(Counter)},
		{"a counter in another unit", `a_total / 1024`, fractional(Counter)},
		{"counters subtracted", `a_total - b_total`, Value{Kind: Gauge}},
		{"a counter negated", `-a_total`, Value{Kind: Gauge}},
		{"a number less a counter", `100 - a_total`, Value{Kind: Gauge}},
		{"a counter times a negative number", `a_total * -1`, Value{Kind: Gauge}},
		{"the mean of counters", `avg by (job) (requests_total)`, fractional(Average)},
		{"the maximum of counters", `max by (job) (requests_total)`, Value{Kind: Gauge}},
		{"the largest counters", `topk(5, requests_total)`, Value{Kind: Counter}},
		{"a counter with a relabelling", `label_replace(requests_total, "a", "$1", "b", "(.*)")`, Value{Kind: Counter}},
		{"a counter with labels of an info metric", `a_total * on (pod) group_left (node) kube_pod_info`, Value{Kind: Counter}},
		{"a counter with labels of an aggregated info metric", `a_total * on (pod) group_left (node) max by (pod, node) (kube_pod_info)`, Value{Kind: Counter}},
		{"a counter with labels of group", `group by (pod, node) (x) * on (pod) group_right (node) a_total`, Value{Kind: Counter}},
		{"a counter times a gauge", `a_total * on (pod) x`, Value{Kind: Gauge}},
		{"a counter or zero", `sum(a_total) or vector(0)`, Value{Kind: Counter}},
		{"a counter above a level", `a_total > 5`, Value{Kind: Counter}},
		{"a level below a counter", `5 < a_total`, Value{Kind: Counter}},
		{"a counter and something", `a_total and on (job) up`, Value{Kind: Counter}},
		{"a counter or a gauge", `a_total or temperature`, Value{}},
		{"the last value of a counter", `last_over_time(a_total[5m])`, Value{Kind: Counter}},

		{"rate", `rate(a_total[5m])`, fractional(Rate)},
		{"a sum of rates", `sum(irate(a_total[5m]))`, fractional(Rate)},
		{"a mean of rates", `avg(rate(a_total[5m]))`, fractional(Rate)},
		{"rates subtracted", `rate(a_total[5m]) - rate(b_total[5m])`, fractional(Rate)},
		{"a rate per minute", `60 * rate(a_total[5m])`, fractional(Rate)},
		{"a rate rounded", `round(rate(a_total[5m]))`, Value{Kind: Rate}},
		{"a rate rounded to a fraction", `round(rate(a_total[5m]), 0.1)`, fractional(Rate)},
		{"a rate in a subquery", `max_over_time(rate(a_total[1m])[1h:])`, fractional(Rate)},
		{"increase", `sum(increase(a_total[5m]))`, fractional(Increase)},
		{"delta", `delta(temperature[5m])`, fractional(Gauge)},

		{"a quantile of a histogram", `histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))`, fractional(Quantile)},
		{"a quantile of series", `quantile(0.9, temperature)`, fractional(Quantile)},
		{"a quantile over time", `quantile_over_time(0.9, temperature[5m])`, fractional(Quantile)},
		{"a ratio", `sum(rate(a_total[5m])) / sum(rate(b_total[5m]))`, fractional(Ratio)},
		{"one less a ratio", `1 - sum(rate(a_total[5m])) / sum(rate(b_total[5m]))`, fractional(Ratio)},
		{"a percentage", `100 * (a / b)`, fractional(Ratio)},
		{"a mean per series", `sum(temperature) / count(temperature)`, fractional(Average)},
		{"the mean of a native histogram", `histogram_avg(rate(latency[5m]))`, fractional(Average)},

		{"a comparison with bool", `temperature > bool 5`, Value{Kind: Boolean}},
		{"absent", `absent(up)`, Value{Kind: Boolean}},
		{"a count", `count by (job) (up)`, Value{Kind: Count}},
		{"a sum of booleans", `sum(temperature > bool 5)`, Value{Kind: Count}},
		{"changes", `changes(temperature[5m])`, Value{Kind: Count}},
		{"the time", `time()`, fractional(Time)},
		{"time since", `time() - process_start_time_seconds`, fractional(Gauge)},
		{"a number", `vector(1)`, Value{Kind: Fixed}},
		{"a power of numbers", `2 ^ 10`, Value{Kind: Fixed}},
		{"a square root", `sqrt(a_total)`, fractional(Gauge)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, recordingRule(t, test.expr).Value); diff != "" {
				t.Errorf("value of %s (-want +got):\n%s", test.expr, diff)
			}
		})
	}
}

func TestKindsThatDecrease(t *testing.T) {
	var decreasing []string
	for kind := Unknown; kind <= Fixed; kind++ {
		if kind.Decreases() {
			decreasing = append(decreasing, kind.String())
		}
	}
	want := []string{"gauge", "rate", "increase", "quantile", "ratio", "average", "boolean", "count", "time"}
	if diff := cmp.Diff(want, decreasing); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestRulesStartFromWhatTheFileRecords(t *testing.T) {
	const text = `groups:
- name: g
  rules:
  - {record: top, expr: "sum without (app) (job:requests)"}
  - {record: "job:requests", expr: "sum by (job, app) (requests_total)"}
  - {record: both, expr: "sum by (job) (x)", labels: {from: x}}
  - {record: both, expr: "sum by (pod) (y)"}
  - {record: reader, expr: 'rate(both{from="x"}[5m])'}
  - {record: circle, expr: spiral}
  - {record: spiral, expr: circle}
  - {record: itself, expr: "itself + 1"}
`
	want := map[string]string{
		"top":          "job: if the source has it; others: absent, counter",
		"job:requests": "app: if the source has it; job: if the source has it; others: absent, counter",
		"both":         "pod: if the source has it; others: absent, unknown",
		"reader":       `from: always, constant "x"; job: on some series; pod: on some series; others: absent, rate`,
		"circle":       "others: if the source has it, unknown",
		"spiral":       "others: if the source has it, unknown",
		"itself":       "others: if the source has it, unknown",
	}
	file, errs := Parse([]byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	got := map[string]string{}
	for _, rule := range file.Rules() {
		got[rule.Record] = rule.Labels.String() + ", " + rule.Value.Kind.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

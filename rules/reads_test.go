package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

func TestSelectorsAndWindows(t *testing.T) {
	rule := recordingRule(t, `sum(rate(a_total{job="x"}[5m] offset 1m)) / on () group_left max_over_time(abs({__name__=~"b|c"})[1h:30s]) + {job="y"}`)
	want := []Selector{
		{Names: []string{"a_total"}, Range: span(9, 25), Window: 5 * time.Minute, Offset: time.Minute, Function: "rate"},
		{Names: []string{"b", "c"}, Range: span(79, 96), Function: "abs"},
		{Range: span(109, 118)},
	}
	if diff := cmp.Diff(want, rule.Selectors, cmpopts.IgnoreFields(Selector{}, "Matchers")); diff != "" {
		t.Errorf("selectors (-want +got):\n%s", diff)
	}
	windows := []Window{
		{Function: "rate", Duration: 5 * time.Minute, Range: span(9, 39)},
		{Function: "max_over_time", Duration: time.Hour, Subquery: true, Step: 30 * time.Second, Range: span(75, 105)},
	}
	if diff := cmp.Diff(windows, rule.Windows); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	if got := rule.Selectors[0].Matchers[0].String(); got != `job="x"` {
		t.Errorf("first matcher is %s", got)
	}
}

func TestAggregations(t *testing.T) {
	rule := recordingRule(t, `sum by (job) (max without (pod) (a_total))`)
	want := []Aggregation{
		{Operator: "max", Without: true, Labels: []string{"pod"}, Of: Counter, Range: span(14, 41)},
		{Operator: "sum", Labels: []string{"job"}, Of: Gauge, Range: span(0, 42)},
	}
	if diff := cmp.Diff(want, rule.Aggregations); diff != "" {
		t.Errorf("aggregations (-want +got):\n%s", diff)
	}
	for label, kept := range map[string][2]bool{"job": {true, true}, "pod": {false, false}, "app": {true, false}} {
		for i, a := range rule.Aggregations {
			if a.Keeps(label) != kept[i] {
				t.Errorf("%s keeps %s: %v, want %v", a.Operator, label, a.Keeps(label), kept[i])
			}
		}
	}
}

func TestQuantiles(t *testing.T) {
	present, pinned := Label{Presence: IfPresent}, Label{Presence: Always, Values: []string{"+Inf"}}
	tests := []struct {
		name, expr string
		want       QuantileCall
	}{
		{"a histogram as it should be", `histogram_quantile(0.99, sum by (le, job) (rate(a_bucket[5m])))`, QuantileCall{Function: "histogram_quantile", Phi: 0.99, PhiKnown: true, Le: present, Of: Rate}},
		{"le is lost", `histogram_quantile(0.99, sum by (job) (rate(a_bucket[5m])))`, QuantileCall{Function: "histogram_quantile", Phi: 0.99, PhiKnown: true, Of: Rate}},
		{"le is removed", `histogram_quantile(0.99, sum without (le) (rate(a_bucket[5m])))`, QuantileCall{Function: "histogram_quantile", Phi: 0.99, PhiKnown: true, Of: Rate}},
		{"the buckets are not rated", `histogram_quantile(0.5, sum by (le) (a_bucket))`, QuantileCall{Function: "histogram_quantile", Phi: 0.5, PhiKnown: true, Le: present, Of: Counter}},
		{"one bucket", `histogram_quantile(0.5, a_bucket{le="+Inf"})`, QuantileCall{Function: "histogram_quantile", Phi: 0.5, PhiKnown: true, Le: pinned, Of: Counter}},
		{"a percentage by mistake", `histogram_quantile(99, rate(a_bucket[5m]))`, QuantileCall{Function: "histogram_quantile", Phi: 99, PhiKnown: true, Le: present, Of: Rate}},
		{"a quantile that is worked out", `histogram_quantile(-(95 / 100), rate(a_bucket[5m]))`, QuantileCall{Function: "histogram_quantile", Phi: -0.95, PhiKnown: true, Le: present, Of: Rate}},
		{"a quantile that is read", `histogram_quantile(scalar(phi), rate(a_bucket[5m]))`, QuantileCall{Function: "histogram_quantile", Le: present, Of: Rate}},
		{"over time", `quantile_over_time(2, x[5m])`, QuantileCall{Function: "quantile_over_time", Phi: 2, PhiKnown: true, Le: present}},
		{"of series", `quantile by (job) (0.5, x)`, QuantileCall{Function: "quantile", Phi: 0.5, PhiKnown: true, Le: present}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rule := recordingRule(t, test.expr)
			if diff := cmp.Diff([]QuantileCall{test.want}, rule.Quantiles, cmpopts.IgnoreFields(QuantileCall{}, "PhiRange", "Range")); diff != "" {
				t.Errorf("quantiles (-want +got):\n%s", diff)
			}
		})
	}
	call := recordingRule(t, `1 + histogram_quantile(0.99, x)`).Quantiles[0]
	if want := span(23, 27); call.PhiRange != want {
		t.Errorf("phi stands at %v, want %v", call.PhiRange, want)
	}
	if want := span(4, 31); call.Range != want {
		t.Errorf("the call stands at %v, want %v", call.Range, want)
	}
}

func TestRulesThatFailAtEachEvaluation(t *testing.T) {
	tests := []struct {
		name, expr string
		want       []string
	}{
		{"a vector", `x`, nil},
		{"a scalar", `1`, nil},
		{"a range vector", `x[5m]`, []string{`6:7: group "g", rule 1, "r": a recording rule needs an instant vector or a scalar, and the expression is a range vector`}},
		{"a string", `"x"`, []string{`6:7: group "g", rule 1, "r": a recording rule needs an instant vector or a scalar, and the expression is a string`}},
		{"a bad pattern", `label_replace(x, "a", "b", "c", "(")`, []string{`6:39: group "g", rule 1, "r": invalid regular expression in label_replace(): (`}},
		{"a bad destination", `label_replace(x, "a-b", "b", "c", "d")`, []string{`6:24: group "g", rule 1, "r": invalid destination label name in label_replace(): a-b`}},
		{"bad labels of label_join", `label_join(x, "a.b", "-", "c", "d.e")`, []string{
			`6:21: group "g", rule 1, "r": invalid destination label name in label_join(): a.b`,
			`6:38: group "g", rule 1, "r": invalid source label name in label_join(): d.e`,
		}},
		{"a bad label of count_values", `count_values("a.b", x)`, []string{`6:20: group "g", rule 1, "r": count_values() needs a label name, not "a.b"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, err := range recordingRule(t, test.expr).Failures {
				got = append(got, err.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

// span is a range of byte offsets in an expression.
func span(start, end posrange.Pos) posrange.PositionRange {
	return posrange.PositionRange{Start: start, End: end}
}

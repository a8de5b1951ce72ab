package rules

import (
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// An Aggregation is one aggregation operator in an expression.
type Aggregation struct {
	Operator string // such as "sum"
	Without  bool   // Labels are those it removes, rather than those it keeps
	Labels   []string
	Of       Kind // of the values that it takes together
	Range    posrange.PositionRange
}

// Keeps reports whether the label survives the aggregation.
func (a Aggregation) Keeps(label string) bool {
	for _, l := range a.Labels {
		if l == label {
			return !a.Without
		}
	}
	return a.Without
}

// An operator says what an aggregation operator does to labels and values.
type operator struct {
	keepsSeries bool // picks series and leaves their labels alone
	keepsOne    bool // makes 1 of values that are all 1
	value       func(Value) Value
}

// operators has an entry for each aggregation operator of Prometheus v0.55.1;
// a test holds the two together.
var operators = map[parser.ItemType]operator{
	parser.AVG:          {false, true, averaged},
	parser.BOTTOMK:      {true, true, same},
	parser.COUNT:        {false, false, always(Value{Kind: Count})},
	parser.COUNT_VALUES: {false, false, always(Value{Kind: Count})},
	parser.GROUP:        {false, true, always(Value{Kind: Boolean})},
	parser.LIMITK:       {true, true, same},
	parser.LIMIT_RATIO:  {true, true, same},
	parser.MAX:          {false, true, extreme},
	parser.MIN:          {false, true, extreme},
	parser.QUANTILE:     {false, true, always(fractional(Quantile))},
	parser.STDDEV:       {false, false, always(fractional(Gauge))},
	parser.STDVAR:       {false, false, always(fractional(Gauge))},
	parser.SUM:          {false, false, summed},
	parser.TOPK:         {true, true, same},
}

// extreme is the effect of max and min: of counters they fall when the series
// that holds the extreme ends.
func extreme(v Value) Value {
	if v.Kind == Counter {
		return v.as(Gauge)
	}
	return v
}

// summed is the effect of adding up series.
func summed(v Value) Value {
	switch v.Kind {
	case Boolean, Fixed:
		return Value{Kind: Count}
	case Quantile, Average, Time:
		return v.as(Gauge)
	}
	return v
}

// aggregate adds an aggregation to the analysis.
func (a *analysis) aggregate(e *parser.AggregateExpr) result {
	if e.Param != nil {
		a.expr(e.Param, "")
	}
	in := a.expr(e.Expr, "")
	op := operators[e.Op]
	a.rule.Aggregations = append(a.rule.Aggregations, Aggregation{
		Operator: e.Op.String(), Without: e.Without, Labels: e.Grouping, Of: in.value.Kind,
		Range: e.PositionRange(),
	})
	if e.Op == parser.QUANTILE {
		a.quantile(e.Op.String(), e.Param, e, in)
	}
	out := result{labels: in.labels, value: op.value(in.value), info: e.Op == parser.GROUP || in.info && op.keepsOne}
	if op.keepsSeries {
		return out
	}
	grouping := e.Grouping
	if e.Op == parser.COUNT_VALUES {
		name := stringArgument(e.Param)
		if !validLabel(name) {
			a.fail(e.Param, "count_values() needs a label name, not %q", name)
		}
		out.labels = out.labels.with(name, Label{Presence: Always, Change: Altered})
		grouping = append([]string{name}, grouping...)
		if e.Without {
			grouping = grouping[1:]
		}
	}
	if e.Without {
		out.labels = out.labels.without(append([]string{metricName}, grouping...)...)
		return out
	}
	out.labels = out.labels.only(grouping...)
	return out
}

package rules

import (
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// result is what the analysis knows of a subexpression's value.
type result struct {
	labels Labels
	value  Value
	info   bool // all values are 1: see isInfo
}

// analysis walks the tree of one rule's expression.
type analysis struct {
	rule     *Rule
	recorded *recordings
	// operands are what is known of the labels of the operands of "or".
	operands map[parser.Expr]Labels
}

// expr returns what is known of the value of e; function is the one that reads
// it as an argument.
func (a *analysis) expr(e parser.Expr, function string) result {
	switch e := e.(type) {
	case *parser.AggregateExpr:
		return a.aggregate(e)
	case *parser.BinaryExpr:
		return a.binary(e)
	case *parser.Call:
		return a.call(e)
	case *parser.MatrixSelector:
		return a.window(e, function)
	case *parser.NumberLiteral:
		return result{value: Value{Kind: Fixed, Fractional: e.Val != float64(int64(e.Val))}}
	case *parser.ParenExpr:
		return a.expr(e.Expr, function)
	case *parser.StepInvariantExpr:
		return a.expr(e.Expr, function)
	case *parser.SubqueryExpr:
		a.rule.Windows = append(a.rule.Windows, Window{
			Function: function, Duration: e.Range, Subquery: true, Step: e.Step, Range: e.PositionRange(),
		})
		return a.expr(e.Expr, "")
	case *parser.UnaryExpr:
		return a.unary(e)
	case *parser.VectorSelector:
		return a.selector(e, 0, function)
	}
	return result{} // a string
}

func (a *analysis) unary(e *parser.UnaryExpr) result {
	in := a.expr(e.Expr, "")
	if e.Op != parser.SUB {
		return in
	}
	if in.value.Kind == Counter {
		in.value.Kind = Gauge
	}
	return result{labels: in.labels.anonymous(), value: in.value}
}

func (a *analysis) call(e *parser.Call) result {
	f := functions[e.Func.Name]
	var in result
	for i, argument := range e.Args {
		r := a.expr(argument, e.Func.Name)
		if i == f.argument {
			in = r
		}
	}
	out := result{value: f.value(in.value)}
	switch f.labels {
	case dropsName:
		out.labels = in.labels.anonymous()
	case keepsAll:
		out.labels, out.info = in.labels, in.info
	case fromMatchers:
		out.labels = absentLabels(e.Args[0])
	case dropsBucket:
		out.labels = in.labels.without(metricName, labels.BucketLabel)
	case replacesOne:
		out.labels, out.info = a.labelReplace(e, in.labels), in.info
	case joinsOne:
		out.labels, out.info = a.labelJoin(e, in.labels), in.info
	case addsInfo:
		out.labels = everyLabel()
	}
	if e.Func.Name == "round" && len(e.Args) > 1 {
		out.value = in.value // to a given fraction
	}
	if len(e.Args) > f.argument && (e.Func.Name == "histogram_quantile" || e.Func.Name == "quantile_over_time") {
		a.quantile(e.Func.Name, e.Args[0], e, in)
	}
	return out
}

// absentLabels returns the labels of absent() and absent_over_time(): see
// createLabelsForAbsentFunction in promql/functions.go.
func absentLabels(argument parser.Expr) Labels {
	var matchers []*labels.Matcher
	switch e := argument.(type) {
	case *parser.VectorSelector:
		matchers = e.LabelMatchers
	case *parser.MatrixSelector:
		if selector, ok := e.VectorSelector.(*parser.VectorSelector); ok {
			matchers = selector.LabelMatchers
		}
	}
	named, seen := map[string]Label{}, map[string]bool{}
	for _, m := range matchers {
		delete(named, m.Name)
		if m.Type == labels.MatchEqual && !seen[m.Name] && m.Name != metricName && m.Value != "" {
			named[m.Name] = Label{Presence: Always, Change: Constant, Values: []string{m.Value}}
		}
		seen[m.Name] = seen[m.Name] || m.Type == labels.MatchEqual
	}
	return Labels{}.replaced(slices.Collect(maps.Keys(named)), func(name string) Label { return named[name] })
}

// fail notes why every evaluation of the rule fails.
func (a *analysis) fail(at parser.Node, format string, args ...any) {
	d := diagnose(a.rule.Expr.At(int(at.PositionRange().Start)), format, args...)
	d.Group, d.Rule, d.Name = a.rule.Group, a.rule.Number, a.rule.Record
	a.rule.Failures = append(a.rule.Failures, d)
}

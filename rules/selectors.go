package rules

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// A Selector is one place where an expression reads series.
type Selector struct {
	// Names are the metrics that it can read, sorted; nil if its matchers leave
	// that open.
	Names    []string
	Matchers []*labels.Matcher // the metric's name included
	Range    posrange.PositionRange
	Window   time.Duration // of a range selector; 0 for an instant one
	Offset   time.Duration
	Function string // that the selector is an argument of, or ""
}

// A Window is a range selector or a subquery and the function that reads it.
type Window struct {
	Function string // such as "rate"; "" if no function reads it
	Duration time.Duration
	Subquery bool
	Step     time.Duration // of a subquery; 0 for the evaluation interval
	Range    posrange.PositionRange
}

func (a *analysis) window(e *parser.MatrixSelector, function string) result {
	a.rule.Windows = append(a.rule.Windows, Window{Function: function, Duration: e.Range, Range: e.PositionRange()})
	selector, ok := e.VectorSelector.(*parser.VectorSelector)
	if !ok {
		return result{}
	}
	return a.selector(selector, e.Range, function)
}

func (a *analysis) selector(e *parser.VectorSelector, window time.Duration, function string) result {
	in := selected(e.LabelMatchers)
	names := in.Label(metricName).Values
	a.rule.Selectors = append(a.rule.Selectors, Selector{
		Names: names, Matchers: e.LabelMatchers, Range: e.PositionRange(),
		Window: window, Offset: e.OriginalOffset, Function: function,
	})
	out := result{labels: in}
	for i, name := range names {
		one := result{labels: in, value: metricValue(name), info: isInfo(name)}
		if recorded, ok := a.recorded.complete(name); ok {
			one.value = recorded.value
			one.labels = combine(in, recorded.labels.with(metricName, in.Label(metricName)), narrowLabel)
		}
		if i == 0 {
			out = one
			continue
		}
		out = result{either(out.labels, one.labels), mixed(out.value, one.value), out.info && one.info}
	}
	return out
}

// narrowLabel returns what holds for a label of a recorded series, b, that
// matchers select by, a.
func narrowLabel(a, b Label) Label {
	label := equalLabel(b, a)
	if b.Presence == Sometimes && a.Presence == IfPresent {
		label.Presence = Sometimes
	}
	return label
}

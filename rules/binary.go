package rules

import "github.com/prometheus/prometheus/promql/parser"

// binary adds a binary expression to the analysis.
func (a *analysis) binary(e *parser.BinaryExpr) result {
	left, right := a.expr(e.LHS, ""), a.expr(e.RHS, "")
	scalarLeft := e.LHS.Type() == parser.ValueTypeScalar
	scalarRight := e.RHS.Type() == parser.ValueTypeScalar
	out := result{value: binaryValue(e, left, right)}
	switch {
	case scalarLeft && scalarRight:
		return out
	case scalarLeft:
		out.labels = right.labels
	case scalarRight:
		out.labels = left.labels
	case e.Op == parser.LOR:
		out.labels = either(left.labels, right.labels)
		out.info = left.info && right.info
		return out
	case e.Op == parser.LUNLESS:
		return left
	case e.Op == parser.LAND:
		left.labels = matchedLabels(left.labels, right.labels, e.VectorMatching)
		return left
	default:
		out.labels = joinedLabels(left.labels, right.labels, e.VectorMatching)
	}
	if !e.Op.IsComparisonOperator() || e.ReturnBool {
		out.labels = out.labels.anonymous()
	}
	return out
}

// matchedLabels returns the labels of the first operand's series that have a
// match among the second's, which is to say equal values of some labels.
func matchedLabels(first, second Labels, matching *parser.VectorMatching) Labels {
	if matching.On {
		for _, name := range matching.MatchingLabels {
			first = first.with(name, equalLabel(first.Label(name), second.Label(name)))
		}
		return first
	}
	out := combine(first, second, equalLabel)
	for _, name := range append([]string{metricName}, matching.MatchingLabels...) {
		out = out.with(name, first.Label(name))
	}
	return out
}

// joinedLabels returns the labels of an operation on two matching series: see
// resultMetric in promql/engine.go.
func joinedLabels(left, right Labels, matching *parser.VectorMatching) Labels {
	many, one := left, right
	if matching.Card == parser.CardOneToMany {
		many, one = right, left
	}
	out := matchedLabels(many, one, matching)
	if matching.Card == parser.CardOneToOne {
		if matching.On {
			return out.only(matching.MatchingLabels...)
		}
		return out.without(matching.MatchingLabels...)
	}
	for _, name := range matching.Include {
		label := one.Label(name)
		if label.Presence != Absent {
			label.Change = max(label.Change, Copied)
		}
		out = out.with(name, label)
	}
	return out
}

// binaryValue returns what the values of an operation are.
func binaryValue(e *parser.BinaryExpr, left, right result) Value {
	l, r := left.value, right.value
	switch {
	case e.ReturnBool:
		return Value{Kind: Boolean}
	case e.Op.IsComparisonOperator():
		if e.LHS.Type() == parser.ValueTypeScalar {
			return r
		}
		return l
	}
	switch e.Op {
	case parser.LOR:
		return mixed(l, r)
	case parser.LAND, parser.LUNLESS:
		return l
	case parser.ADD:
		return added(l, r)
	case parser.SUB:
		return subtracted(l, r)
	case parser.MUL:
		return multiplied(left, right)
	case parser.DIV:
		return divided(left, right)
	case parser.MOD, parser.POW, parser.ATAN2:
		if l.Kind == Fixed && r.Kind == Fixed {
			return Value{Kind: Fixed, Fractional: l.Fractional || r.Fractional}
		}
		return fractional(Gauge)
	}
	return Value{}
}

// mixed returns what values are that come from either of two sources. A number
// stands in for missing series, as in "x or vector(0)".
func mixed(a, b Value) Value {
	out := Value{Kind: a.Kind, Fractional: a.Fractional || b.Fractional}
	switch {
	case a.Kind == b.Kind, b.Kind == Fixed:
	case a.Kind == Fixed:
		out.Kind = b.Kind
	default:
		out.Kind = Unknown
	}
	return out
}

func added(a, b Value) Value {
	out := mixed(a, b)
	if out.Kind == Unknown && a.Kind != Unknown && b.Kind != Unknown {
		out.Kind = Gauge
	}
	return out
}

// subtracted returns what differences are; those of counters fall.
func subtracted(a, b Value) Value {
	out := added(a, b)
	if out.Kind == Counter && b.Kind != Fixed {
		out.Kind = Gauge
	}
	return out
}

// multiplied returns what products are: scaling by a number and joining labels
// from an info metric leave the kind.
func multiplied(a, b result) Value {
	switch {
	case b.info:
		return a.value
	case a.info:
		return b.value
	case b.value.Kind == Fixed || a.value.Kind == Fixed:
		return mixed(a.value, b.value)
	}
	return Value{Kind: Gauge, Fractional: a.value.Fractional || b.value.Fractional}
}

// divided returns what quotients are: scaled by a number, a mean where a sum
// is divided by a count, else a ratio.
func divided(a, b result) Value {
	switch {
	case b.info:
		return a.value
	case b.value.Kind == Fixed && a.value.Kind != Fixed:
		return fractional(a.value.Kind)
	case b.value.Kind == Fixed:
		return fractional(Fixed)
	case b.value.Kind == Count && a.value.Kind != Count:
		return fractional(Average)
	}
	return fractional(Ratio)
}

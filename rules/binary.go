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
		a.branch(e.LHS, left.labels)
		a.branch(e.RHS, right.labels)
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
		return first.replaced(matching.MatchingLabels, func(name string) Label {
			return equalLabel(first.Label(name), second.Label(name))
		})
	}
	return combine(first, second, equalLabel).replaced(append([]string{metricName}, matching.MatchingLabels...), first.Label)
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
	return out.replaced(matching.Include, func(name string) Label {
		label := one.Label(name)
		if label.Presence != Absent {
			label.Change = max(label.Change, Copied)
		}
		return label
	})
}

package rules

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// A QuantileCall is one call of histogram_quantile(), quantile_over_time() or
// quantile().
type QuantileCall struct {
	Function string
	// Phi is the quantile asked for, if PhiKnown; else it is computed.
	Phi      float64
	PhiKnown bool
	PhiRange posrange.PositionRange
	Range    posrange.PositionRange
	// Le is what is known of the label le on what the call reads, and Of is the
	// kind of its values: Rate or Increase where the buckets are rated.
	Le Label
	Of Kind
}

func (a *analysis) quantile(function string, phi, call parser.Expr, in result) {
	value, known := constant(phi)
	a.rule.Quantiles = append(a.rule.Quantiles, QuantileCall{
		Function: function, Phi: value, PhiKnown: known, PhiRange: phi.PositionRange(), Range: call.PositionRange(),
		Le: in.labels.Label(labels.BucketLabel), Of: in.value.Kind,
	})
}

// constant returns the number that an expression is written as.
func constant(e parser.Expr) (float64, bool) {
	switch e := e.(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.ParenExpr:
		return constant(e.Expr)
	case *parser.UnaryExpr:
		value, ok := constant(e.Expr)
		if e.Op == parser.SUB {
			value = -value
		}
		return value, ok
	case *parser.BinaryExpr:
		left, leftOK := constant(e.LHS)
		right, rightOK := constant(e.RHS)
		value, ok := arithmetic(e.Op, left, right)
		return value, leftOK && rightOK && ok
	}
	return 0, false
}

func arithmetic(op parser.ItemType, left, right float64) (float64, bool) {
	switch op {
	case parser.ADD:
		return left + right, true
	case parser.SUB:
		return left - right, true
	case parser.MUL:
		return left * right, true
	case parser.DIV:
		return left / right, true
	}
	return 0, false
}

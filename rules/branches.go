package rules

import (
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// A Branch is an operand of "or" whose series become series of the rule.
type Branch struct {
	Labels Labels
	Range  posrange.PositionRange
}

// branch notes what an operand of "or" produces.
func (a *analysis) branch(e parser.Expr, labels Labels) {
	if a.operands == nil {
		a.operands = map[parser.Expr]Labels{}
	}
	a.operands[e] = labels
}

// branches returns the operands of "or" in an expression whose series are only given other
// values, or fewer labels, on their way to the result. What is joined with other series is
// none of them, nor is what label_replace and label_join give new labels.
func (a *analysis) branches(e parser.Expr) []Branch {
	if len(a.operands) == 0 {
		return nil
	}
	switch e := e.(type) {
	case *parser.ParenExpr:
		return a.branches(e.Expr)
	case *parser.StepInvariantExpr:
		return a.branches(e.Expr)
	case *parser.UnaryExpr:
		return a.branches(e.Expr)
	case *parser.AggregateExpr:
		return a.branches(e.Expr)
	case *parser.Call:
		f := functions[e.Func.Name]
		if f.argument < len(e.Args) && (f.labels == dropsName || f.labels == keepsAll || f.labels == dropsBucket) {
			return a.branches(e.Args[f.argument])
		}
	case *parser.BinaryExpr:
		return a.branchesOf(e)
	}
	return nil
}

func (a *analysis) branchesOf(e *parser.BinaryExpr) []Branch {
	switch {
	case e.Op == parser.LOR:
		var all []Branch
		for _, operand := range []parser.Expr{e.LHS, e.RHS} {
			if inner := a.branches(operand); inner != nil {
				all = append(all, inner...)
				continue
			}
			all = append(all, Branch{Labels: a.operands[operand], Range: operand.PositionRange()})
		}
		return all
	case e.Op == parser.LUNLESS || e.RHS.Type() == parser.ValueTypeScalar:
		return a.branches(e.LHS)
	case e.LHS.Type() == parser.ValueTypeScalar:
		return a.branches(e.RHS)
	}
	return nil
}

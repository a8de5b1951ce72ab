package rules

import "github.com/prometheus/prometheus/promql/parser"

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
		return scaled(e, multiplied(left, right))
	case parser.DIV:
		return scaled(e, divided(left, right))
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

// subtracted returns what differences are: those of counters fall, and those of
// times are durations.
func subtracted(a, b Value) Value {
	out := added(a, b)
	if a.Kind == Time || out.Kind == Counter && b.Kind != Fixed {
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

// scaled returns what a product or quotient is: a negative number turns a
// counter around.
func scaled(e *parser.BinaryExpr, v Value) Value {
	left, _ := constant(e.LHS)
	right, _ := constant(e.RHS)
	if v.Kind == Counter && (left < 0 || right < 0) {
		return v.as(Gauge)
	}
	return v
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

// Package rules reads recording-rules files exactly as Prometheus 2.55.1 does and says of
// each rule what it produces: which labels its result has, what kind of value it is, and
// what it reads. It evaluates no rule, and it knows nothing of what is exported: package
// lint compares the two.
package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// A File is a rules file as Prometheus reads it.
type File struct {
	Groups []Group
	// Ignored is where a second YAML document begins, behind its separator. Prometheus
	// reads the first one only and ignores the others silently. Zero where there is none.
	Ignored source.Position
	// Separator is the line, --- or ..., behind which the first document ends; zero where
	// nothing is ignored.
	Separator source.Position
}

// Rules returns the recording rules of all groups in the file's order.
func (f *File) Rules() []*Rule {
	var rules []*Rule
	for g := range f.Groups {
		for r := range f.Groups[g].Rules {
			rules = append(rules, &f.Groups[g].Rules[r])
		}
	}
	return rules
}

// A Group is a list of rules that Prometheus evaluates one after the other.
type Group struct {
	Name     string
	Position source.Position // of the name
	// Interval is the time between two evaluations; 0 stands for the global
	// evaluation_interval.
	Interval         time.Duration
	IntervalPosition source.Position // of the interval; zero where there is none
	Limit            int             // most series that one rule may produce; 0 for no limit
	QueryOffset      time.Duration
	Rules            []Rule
	Alerts           []Alert
}

// A Rule is a recording rule.
type Rule struct {
	Group    string
	Number   int             // place in its group from 1, alerts counted too
	Interval time.Duration   // the group's
	Record   string          // name of the metric that it records
	Position source.Position // of the record name
	// Alias is set if the name is given as a YAML alias: see Expr.
	Alias  bool
	Expr   Expr
	Static []StaticLabel // what its labels: field sets, sorted by name

	// Labels says what labels the recorded series carry, static ones included,
	// __name__ left out.
	Labels Labels
	Value  Value

	Selectors    []Selector
	Windows      []Window
	Aggregations []Aggregation
	Quantiles    []QuantileCall
	// Branches are the operands of "or" whose series become series of the rule.
	Branches []Branch

	// Failures says why Prometheus, which loads the rule, fails at each of its
	// evaluations, so that nothing is ever recorded.
	Failures []Diagnostic
}

// A StaticLabel is an entry of a rule's labels: field. An empty value removes
// the label.
type StaticLabel struct {
	Name, Value   string
	Position      source.Position // of the name
	ValuePosition source.Position
}

// An Alert is an alerting rule. Its series are ALERTS and ALERTS_FOR_STATE, and
// carry the labels of its expression, its static labels and alertname.
type Alert struct {
	Group    string
	Number   int
	Name     string
	Position source.Position // of the name
	Expr     Expr
	Static   []StaticLabel
}

// An Expr is a PromQL expression and where it stands in the file.
type Expr struct {
	Text string      // as Prometheus reads it, YAML folding and escapes resolved
	Tree parser.Expr // nil where Text is not valid
	// Alias is set if the expression is given as a YAML alias. Prometheus does
	// not resolve aliases there: it takes the anchor's name for the expression.
	Alias bool

	source *source.Text
	places source.Scalar
}

// At returns where in the file the byte of Text at the offset stands, as
// found in the tree's PositionRange. Offsets past the end lead to the end.
func (e Expr) At(offset int) source.Position {
	if e.source == nil {
		return source.Position{}
	}
	return e.source.Position(e.places.Offset(max(0, min(offset, len(e.Text)))))
}

// Range returns where in the file a piece of Text stands.
func (e Expr) Range(in posrange.PositionRange) source.Range {
	return source.Range{Start: e.At(int(in.Start)), End: e.At(int(in.End))}
}

package rules

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// labelJoin returns the labels of a label_join() call: see evalLabelJoin in
// promql/functions.go.
func (a *analysis) labelJoin(e *parser.Call, in Labels) Labels {
	if len(e.Args) < 3 {
		return in
	}
	dst, separator := stringArgument(e.Args[1]), stringArgument(e.Args[2])
	if !validLabel(dst) {
		a.fail(e.Args[1], "invalid destination label name in label_join(): %s", dst)
	}
	sources := make([]string, 0, len(e.Args)-3)
	for _, argument := range e.Args[3:] {
		name := stringArgument(argument)
		if !validLabel(name) {
			a.fail(argument, "invalid source label name in label_join(): %s", name)
		}
		sources = append(sources, name)
	}
	return in.with(dst, joinedLabel(in, dst, separator, sources))
}

// joinedLabel returns what holds for the destination of label_join().
func joinedLabel(in Labels, dst, separator string, sources []string) Label {
	if len(sources) == 1 {
		label := in.Label(sources[0])
		if sources[0] != dst && label.Presence != Absent {
			label.Change = max(label.Change, Copied)
		}
		return label
	}
	out := Label{Change: Altered}
	values := make([]string, 0, len(sources))
	for _, name := range sources {
		label := in.Label(name)
		out.Presence = max(out.Presence, label.Presence)
		switch {
		case label.Presence == Absent:
			values = append(values, "")
		case label.Presence == Always && len(label.Values) == 1:
			values = append(values, label.Values[0])
		}
	}
	if separator != "" && len(sources) > 1 {
		out.Presence = Always
	}
	if out.Presence == Absent {
		return Label{}
	}
	if len(values) == len(sources) {
		out.Values = []string{strings.Join(values, separator)}
	}
	return out
}

// stringArgument returns the text of a string literal.
func stringArgument(e parser.Expr) string {
	switch e := e.(type) {
	case *parser.StringLiteral:
		return e.Val
	case *parser.ParenExpr:
		return stringArgument(e.Expr)
	}
	return ""
}

package rules

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// labelReplace returns the labels of a label_replace() call: see
// evalLabelReplace in promql/functions.go.
func (a *analysis) labelReplace(e *parser.Call, in Labels) Labels {
	if len(e.Args) != 5 {
		return in
	}
	dst, template := stringArgument(e.Args[1]), stringArgument(e.Args[2])
	src, pattern := stringArgument(e.Args[3]), stringArgument(e.Args[4])
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		a.fail(e.Args[4], "invalid regular expression in label_replace(): %s", pattern)
		return in
	}
	if !validLabel(dst) {
		a.fail(e.Args[1], "invalid destination label name in label_replace(): %s", dst)
		return in
	}
	r := replacement{re: re, pattern: pattern, template: template, same: dst == src}
	return in.with(dst, r.apply(in.Label(src), in.Label(dst)))
}

// A replacement is what label_replace() does to one label.
type replacement struct {
	re       *regexp.Regexp
	pattern  string
	template string
	same     bool // source and destination are one label
}

// apply returns what holds for the destination, which was old, where from is
// what holds for the source.
func (r replacement) apply(from, old Label) Label {
	if from.Presence == Absent || from.Values != nil {
		return r.applyValues(from, old)
	}
	written := r.written(from)
	switch {
	case matchesAll(r.pattern), matchesPresent(r.pattern) && from.Presence == Always:
		return written
	case matchesPresent(r.pattern) && r.same:
		written.Presence = min(written.Presence, old.Presence)
		return written
	case matchesPresent(r.pattern) && old.Presence == Absent:
		written.Presence = min(written.Presence, from.Presence)
		return written
	}
	return eitherLabel(old, written)
}

// applyValues works out the outcome for each value of the source.
func (r replacement) applyValues(from, old Label) Label {
	values := from.Values
	if from.Presence != Always {
		values = append(slices.Clone(values), "")
	}
	var out Label
	for i, value := range values {
		label := old
		if match := r.re.FindStringSubmatchIndex(value); match != nil {
			label = r.outcome(string(r.re.ExpandString(nil, r.template, value, match)), value, from)
		}
		if i > 0 {
			label = eitherLabel(out, label)
		}
		out = label
	}
	return out
}

// outcome is the label that a replacement by text makes of one known value.
func (r replacement) outcome(text, value string, from Label) Label {
	label := Label{Presence: Always, Change: Altered, Values: []string{text}}
	switch {
	case text == "":
		return Label{}
	case !strings.Contains(r.template, "$"):
		label.Change = Constant
	case text == value && r.same:
		label.Change = from.Change
	case text == value:
		label.Change = max(from.Change, Copied)
	}
	return label
}

// written is the label that a match of an unknown value leads to.
func (r replacement) written(from Label) Label {
	if !strings.Contains(r.template, "$") {
		return r.outcome(r.template, "", from)
	}
	if r.copies() {
		label := Label{Presence: from.Presence, Change: max(from.Change, Copied)}
		if r.same {
			label.Change = from.Change
		}
		return label
	}
	label := Label{Presence: Sometimes, Change: Altered}
	groups := make([]int, 2*(r.re.NumSubexp()+1))
	empty := r.re.ExpandString(nil, r.template, "", groups)
	for i := 1; i < len(groups); i += 2 {
		groups[i] = 1
	}
	switch full := r.re.ExpandString(nil, r.template, "x", groups); {
	case len(full) == 0:
		return Label{} // it refers to groups that don't exist, as "$1_x" does
	case len(empty) > 0:
		label.Presence = Always // there is text besides the references
	case r.refersToText():
		label.Presence = min(from.Presence, IfPresent)
	}
	return label
}

// copies reports whether the template is the source's whole value.
func (r replacement) copies() bool {
	group := strings.Trim(r.template, "${}")
	whole := slices.Contains([]string{"(.*)", "(.+)"}, r.pattern) && group == "1" ||
		(matchesAll(r.pattern) || matchesPresent(r.pattern)) && group == "0"
	return whole && slices.Contains([]string{"$" + group, "${" + group + "}"}, r.template)
}

// refersToText reports whether the template is a reference to a group that
// takes part in each match and holds at least one character.
func (r replacement) refersToText() bool {
	re, err := syntax.Parse(r.pattern, syntax.Perl)
	if err != nil {
		return false
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	for _, part := range parts {
		if part.Op != syntax.OpCapture || !needsText(part) {
			continue
		}
		for _, name := range []string{fmt.Sprint(part.Cap), part.Name} {
			if name != "" && (r.template == "$"+name || r.template == "${"+name+"}") {
				return true
			}
		}
	}
	return false
}

// needsText reports whether a regular expression cannot match the empty
// string. It errs on the side of false.
func needsText(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return needsText(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && needsText(re.Sub[0])
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, needsText)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !needsText(sub) })
	}
	return false
}

// matchesAll reports whether the pattern is one that matches any value, and
// matchesPresent whether it is one that matches any but the empty value. Label
// values with line breaks are left out of account.
func matchesAll(pattern string) bool {
	return slices.Contains([]string{".*", "(.*)", "(.*)?", ".*?", "(?s).*", "(?s)(.*)"}, pattern)
}

func matchesPresent(pattern string) bool {
	return slices.Contains([]string{".+", "(.+)", ".+?", "(?s).+", "(?s)(.+)"}, pattern)
}

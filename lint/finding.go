package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Severity says what a finding asks for.
type Severity string

const (
	// Error means that data is lost or nothing starts; it blocks.
	Error Severity = "error"
	// Warning means that data may be lost, or is not what it seems.
	Warning Severity = "warning"
	// Info is worth knowing.
	Info Severity = "info"
)

// Object is a Kubernetes object and the key in it that holds a text: a
// ConfigMap's key, an annotation, or the path of a field such as
// spec.containers[0].args[3].
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Key       string `json:"key,omitempty"`
}

// Compare orders objects by kind, namespace, name and key, as slices.SortFunc wants it.
func (o Object) Compare(other Object) int {
	return cmp.Or(
		cmp.Compare(o.Kind, other.Kind),
		cmp.Compare(o.Namespace, other.Namespace),
		cmp.Compare(o.Name, other.Name),
		cmp.Compare(o.Key, other.Key),
	)
}

// FullName returns the name, behind the namespace and a slash where there is one.
func (o Object) FullName() string {
	if o.Namespace == "" {
		return o.Name
	}
	return o.Namespace + "/" + o.Name
}

// Finding is one thing that a rule found.
type Finding struct {
	// Rule is the rule's id.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Message is a sentence that names the offending value.
	Message string `json:"message"`
	Object  Object `json:"object"`
	// Line and Column are the place in the text of the object's key, counted from
	// 1, columns in characters. They are 0 where the problem has no place, because
	// something is missing.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Length is how many characters the problem covers in its line, 0 if unknown.
	Length int `json:"-"`
	// Fix says what to do; it is empty if only the user can decide.
	Fix string `json:"fix,omitempty"`
	// Reason says why this very case matters; it is empty where the rule says it.
	Reason string `json:"-"`
}

// Why says why the finding matters: why this case does or, from the table, why the rule
// does.
func (f Finding) Why() string {
	if f.Reason != "" {
		return f.Reason
	}
	rule, _ := Find(f.Rule)
	return rule.Why
}

// String returns the finding in a line: rule, place, message and fix. The place is
// left out where the message names it.
func (f Finding) String() string {
	text := f.Rule + ": "
	if where := f.where(); where != "" {
		text += where + ": "
	}
	text += f.Message
	if f.Fix != "" {
		text += "; " + f.Fix
	}
	return text
}

func (f Finding) where() string {
	o := f.Object
	where := strings.TrimSpace(o.Kind + " " + o.FullName())
	switch {
	case f.Line == 0 && strings.HasPrefix(f.Message, where):
		return ""
	case strings.HasPrefix(o.Key, settings.Prefix) && strings.Contains(f.Message, o.Key):
		return ""
	case strings.HasPrefix(o.Key, settings.Prefix):
		where = "annotation " + o.Key + " of " + where
	case o.Key != "":
		where += ", " + o.Key
	}
	if f.Line > 0 {
		where += fmt.Sprintf(", line %d", f.Line)
	}
	return where
}

// at returns a finding at a place of the text, which covers length characters.
// The zero place stands for something that is missing: the finding is then about
// the text as a whole.
func (t Text) at(place source.Position, length int, format string, args ...any) Finding {
	f := Finding{Object: t.Object, Message: fmt.Sprintf(format, args...)}
	if place.Line == 0 || t.Position.Line == 0 {
		return f
	}
	if t.Rewritten {
		f.Line, f.Column = t.Position.Line, t.Position.Column
		return f
	}
	f.Line, f.Column, f.Length = t.Position.Line+place.Line-1, place.Column, length
	if place.Line == 1 {
		f.Column += max(t.Position.Column, 1) - 1
	}
	return f
}

// atText returns a finding about all of a text of one line.
func (t Text) atText(format string, args ...any) Finding {
	line, _, _ := strings.Cut(t.Value, "\n")
	return t.at(source.Start, utf8.RuneCountInString(line), format, args...)
}

// WithFix adds what to do.
func (f Finding) WithFix(format string, args ...any) Finding {
	f.Fix = fmt.Sprintf(format, args...)
	return f
}

// WithReason says why this case matters, where the rule has several.
func (f Finding) WithReason(format string, args ...any) Finding {
	f.Reason = fmt.Sprintf(format, args...)
	return f
}

// WithSeverity sets a severity other than that of the rule's row.
func (f Finding) WithSeverity(severity Severity) Finding {
	f.Severity = severity
	return f
}

// sorted puts findings into their one order: by object, place, rule, message.
// Findings that are equal in all are one.
func sorted(findings []Finding) []Finding {
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			a.Object.Compare(b.Object),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(findings)
}

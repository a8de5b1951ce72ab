package stackdriver

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// SelectorErrorKind tells apart why the sidecar refuses a selector.
type SelectorErrorKind string

// The kinds. With any but the last the sidecar exits with status 2 at start-up; the
// last is a limit of linkerd-gcm's own.
const (
	// EmptySelector is nothing but spaces and comments.
	EmptySelector SelectorErrorKind = "empty selector"
	// InvalidSyntax is something where the grammar wants something else.
	InvalidSyntax SelectorErrorKind = "syntax"
	// WholeExpression is more than a selector, such as foo[5m] or sum(foo).
	WholeExpression SelectorErrorKind = "expression"
	// KeywordName is a bare metric name that is a PromQL keyword.
	KeywordName SelectorErrorKind = "keyword as name"
	// QuotedName is a quoted metric or label name, which came with Prometheus 3.
	QuotedName SelectorErrorKind = "quoted name"
	// InvalidQuoting is a string that does not end, or an escape that does not exist.
	InvalidQuoting SelectorErrorKind = "quoting"
	// InvalidRegexp is a regular expression that does not compile.
	InvalidRegexp SelectorErrorKind = "regular expression"
	// NameTwice is a bare metric name together with a matcher on __name__.
	NameTwice SelectorErrorKind = "name set twice"
	// MatchesEmpty is a selector of which every matcher also matches the empty string.
	MatchesEmpty SelectorErrorKind = "matches everything"
	// TooLarge is beyond what linkerd-gcm is willing to check.
	TooLarge SelectorErrorKind = "too large"
)

// selectorErrorKinds is the table of the kinds: which rule of package lint is broken,
// unless a newer Prometheus accepts the selector, and what to do.
var selectorErrorKinds = map[SelectorErrorKind]struct{ code, fix string }{
	EmptySelector:   {"SEL001", `write a selector, such as {__name__=~"linkerd_job:.+"}`},
	InvalidSyntax:   {"SEL001", `write {label="value"} or {label=~"expression"}, with the value in quotes`},
	WholeExpression: {"SEL001", "write only what selects series, without ranges, functions and operators; a recording rule can hold the rest"},
	KeywordName:     {"SEL001", KeywordFix},
	QuotedName:      {"SEL001", `write the name without quotes, or as a matcher: {__name__="..."}`},
	InvalidQuoting:  {"SEL001", `close the quotes, and write each backslash twice, as in "a\\.b"`},
	InvalidRegexp:   {"SEL001", "fix the regular expression, which has Go's syntax (RE2)"},
	NameTwice:       {"SEL001", "name the metric once: before the braces, or with __name__ in them"},
	MatchesEmpty:    {"SEL001", `add a matcher that an absent label does not match, such as __name__=~"linkerd_job:.+"`},
	TooLarge:        {"SEL001", "split the selector into several"},
}

// KeywordFix says what to do about a metric whose name is a PromQL keyword.
const KeywordFix = `write the name as a matcher: {__name__="..."}`

// newerSelector is the rule of package lint against selectors that are only too new for
// the sidecar.
const newerSelector = "SEL002"

// A SelectorError says why the sidecar's parser refuses a selector, and where in it. Its
// range is empty where something is missing.
type SelectorError struct {
	source.Diagnostic
	Kind SelectorErrorKind
	// offset and length are the range, in bytes.
	offset, length int
}

// Error returns the message with the place.
func (e *SelectorError) Error() string { return fmt.Sprintf("at %s: %s", e.Range.Start, e.Message) }

// refuse returns a SelectorError for a piece of the selector, in bytes.
func (l *selectorLexer) refuse(kind SelectorErrorKind, offset, length int, message string) error {
	row := selectorErrorKinds[kind]
	if AcceptedByNewerPrometheus(l.text) {
		row.code = newerSelector
	}
	at := source.Range{Start: source.PositionIn(l.text, offset), End: source.PositionIn(l.text, offset+length)}
	return &SelectorError{source.Diagnostic{Code: row.code, Range: at, Message: message, Fix: row.fix}, kind, offset, length}
}

// shorten cuts text that is quoted in messages to a length that people read.
func shorten(text string) string { return excerpt.Characters(text, 40) }

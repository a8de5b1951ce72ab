package stackdriver

import (
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// SelectorFault is the kind of mistake for which the sidecar refuses a selector.
type SelectorFault string

// The faults. With any of the first eight the sidecar exits with status 2 at
// start-up; the last is a limit of linkerd-gcm's own.
const (
	// EmptySelector: nothing but blanks and comments.
	EmptySelector SelectorFault = "empty selector"
	// SyntaxFault: something stands where the grammar wants something else.
	SyntaxFault SelectorFault = "syntax"
	// ExpressionFault: more than a selector, such as foo[5m] or sum(foo).
	ExpressionFault SelectorFault = "expression"
	// KeywordName: a bare metric name that is a PromQL keyword.
	KeywordName SelectorFault = "keyword as name"
	// QuotedName: a quoted metric or label name, which came with Prometheus 3.
	QuotedName SelectorFault = "quoted name"
	// QuotingFault: a string that doesn't end, or an escape that doesn't exist.
	QuotingFault SelectorFault = "quoting"
	// RegexpFault: a regular expression that doesn't compile.
	RegexpFault SelectorFault = "regular expression"
	// NameTwice: a bare metric name and a matcher on __name__.
	NameTwice SelectorFault = "name set twice"
	// MatchesEmpty: every matcher also matches the empty string.
	MatchesEmpty SelectorFault = "matches everything"
	// TooLarge: beyond what linkerd-gcm is willing to check.
	TooLarge SelectorFault = "too large"
)

// A SelectorError says why the sidecar's parser refuses a selector, and where.
type SelectorError struct {
	Text  string
	Fault SelectorFault
	// Offset and Length mark the fault in Text, in bytes. Length is 0 where
	// something is missing.
	Offset, Length int
	Message        string
}

// Error returns the message with the place.
func (e *SelectorError) Error() string {
	return "at character " + strconv.Itoa(e.Column()) + ": " + e.Message
}

// Column is the place of the fault as people count it: characters from 1,
// over all lines of the selector.
func (e *SelectorError) Column() int {
	return len([]rune(e.Text[:min(e.Offset, len(e.Text))])) + 1
}

// quoteValue quotes text for a message, leaving printable characters alone.
func quoteValue(text string) string {
	return strconv.Quote(text)
}

// shorten cuts text that is quoted in messages to a length that people read.
func shorten(text string) string { return excerpt.Characters(text, 40) }

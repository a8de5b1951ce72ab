package stackdriver

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
)

// A Selector is what one --include flag, or one filter of an aggregated
// counter, asks for: the series that all its matchers match.
type Selector struct {
	// Text is the selector as it was written.
	Text string
	// Matchers holds the matchers in the order in which the sidecar holds
	// them: those in braces first, then the one of a bare metric name.
	Matchers []Matcher
}

// MatchType is the operator of a matcher.
type MatchType string

// The operators that a selector may use.
const (
	MatchEqual     MatchType = "="
	MatchNotEqual  MatchType = "!="
	MatchRegexp    MatchType = "=~"
	MatchNotRegexp MatchType = "!~"
)

// A Matcher compares the value of one label. A series that lacks the label is
// compared with the empty string, as everywhere in Prometheus.
type Matcher struct {
	Name  string
	Type  MatchType
	Value string
	// Offset is where the matcher begins in the selector's text, in bytes.
	Offset int

	anchored *regexp.Regexp
	// prefix is what all values begin with that the expression matches.
	prefix string
}

// String returns the matcher as a selector would spell it.
func (m Matcher) String() string {
	return m.Name + string(m.Type) + strconv.Quote(m.Value)
}

// Matches reports whether the matcher accepts a label value; a missing label
// has the value "".
func (m Matcher) Matches(value string) bool {
	switch m.Type {
	case MatchEqual:
		return value == m.Value
	case MatchNotEqual:
		return value != m.Value
	case MatchRegexp:
		return m.matchesRegexp(value)
	default:
		return !m.matchesRegexp(value)
	}
}

// matchesRegexp looks at the prefix first: most selectors are for names with one, and are
// compared with many names.
func (m Matcher) matchesRegexp(value string) bool {
	return strings.HasPrefix(value, m.prefix) && m.anchored.MatchString(value)
}

// Matches reports whether the selector accepts the series whose labels the
// function returns. The function gets "__name__" for the metric's name and
// returns "" for labels that the series doesn't have.
func (s Selector) Matches(label func(name string) string) bool {
	for _, matcher := range s.Matchers {
		if !matcher.Matches(label(matcher.Name)) {
			return false
		}
	}
	return true
}

// MatchesKnown answers for a series of which only some labels are known. The
// function returns a label's value, "" where the series is known to lack the
// label, and false where nothing is known about it.
func (s Selector) MatchesKnown(label func(name string) (value string, known bool)) answer.Answer {
	matches := answer.Yes
	for _, matcher := range s.Matchers {
		value, known := label(matcher.Name)
		switch {
		case !known:
			matches = answer.Depends
		case !matcher.Matches(value):
			return answer.No
		}
	}
	return matches
}

// MatchesName answers for a series of which only the metric name is known.
func (s Selector) MatchesName(metric string) answer.Answer {
	return s.MatchesKnown(func(name string) (string, bool) {
		return metric, name == model.MetricNameLabel
	})
}

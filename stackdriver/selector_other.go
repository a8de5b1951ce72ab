package stackdriver

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
)

// SelectorOf returns the selector of matchers that a newer parser has read. Where the
// matchers stand in the text is not known.
func SelectorOf(text string, matchers []*labels.Matcher) (Selector, error) {
	selector := Selector{Text: text}
	for _, m := range matchers {
		matcher := Matcher{Name: m.Name, Type: MatchType(m.Type.String()), Value: m.Value}
		if matcher.Type == MatchRegexp || matcher.Type == MatchNotRegexp {
			anchored, prefix, err := compileAnchored(m.Value)
			if err != nil {
				return Selector{}, fmt.Errorf("the regular expression of %s: %w", m, err)
			}
			matcher.anchored, matcher.prefix = anchored, prefix
		}
		selector.Matchers = append(selector.Matchers, matcher)
	}
	return selector, nil
}

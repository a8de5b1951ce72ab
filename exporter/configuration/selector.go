package configuration

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// MaxSelectorLength is the longest selector that is read, in bytes. It bounds what
// compiling its regular expressions costs.
const MaxSelectorLength = 16 << 10

// ParseSelector reads a selector in the grammar of Prometheus 2.55.1, such as
// {__name__=~"linkerd_job:.+"}. A matcher of the label le is refused: a histogram is
// exported with all its buckets, or not at all.
func ParseSelector(text string) (Selector, error) {
	if len(text) > MaxSelectorLength {
		return nil, fmt.Errorf("the selector has %d bytes, where at most %d are read: use several selectors", len(text), MaxSelectorLength)
	}
	matchers, err := parser.ParseMetricSelector(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not a selector: %w", text, err)
	}
	return Selector(matchers), refuseBounds(text, matchers)
}

func refuseBounds(text string, matchers []*labels.Matcher) error {
	for _, m := range matchers {
		if m.Name == labels.BucketLabel {
			return fmt.Errorf("%q has a matcher of the label le: histograms are exported with all their buckets, remove %s", text, m)
		}
	}
	return nil
}

// Matches reports whether the labels pass all matchers. A label that is missing counts as
// empty, as everywhere in Prometheus.
func (s Selector) Matches(series labels.Labels) bool {
	for _, m := range s {
		if !m.Matches(series.Get(m.Name)) {
			return false
		}
	}
	return true
}

package main

import (
	"fmt"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector []*labels.Matcher

func parseSelector(text string) (selector, error) {
	return parser.ParseMetricSelector(text)
}

func (s selector) matches(series labels.Labels) bool {
	for _, m := range s {
		if !m.Matches(series.Get(m.Name)) {
			return false
		}
	}
	return true
}

// parseSelectors gives one selector for each --include, and one for all --filter flags together, as parseFiltersets in the
// real main.go does.
func parseSelectors(logger log.Logger, includes, filters []string) ([]selector, error) {
	var selectors []selector
	if len(filters) > 0 {
		level.Warn(logger).Log("msg", "--filter is deprecated; please use --include instead")
		text := "{" + strings.Join(filters, ",") + "}"
		s, err := parseSelector(text)
		if err != nil {
			return nil, fmt.Errorf("cannot parse --filter flag (metric filter '%s'): %w", text, err)
		}
		selectors = append(selectors, s)
	}
	for _, text := range includes {
		s, err := parseSelector(text)
		if err != nil {
			return nil, fmt.Errorf("cannot parse --include flag '%s': %w", text, err)
		}
		selectors = append(selectors, s)
	}
	return selectors, nil
}

// selected says whether a series is exported: any selector may match, and where there is none every series is.
func selected(selectors []selector, series labels.Labels) bool {
	if len(selectors) == 0 {
		return true
	}
	for _, s := range selectors {
		if s.matches(series) {
			return true
		}
	}
	return false
}

package main

import (
	"fmt"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// parseSelectors returns one selector for each --include, and one for all --filter flags
// together, like parseFiltersets in the real main.go. The grammar is that of 2019, which
// Prometheus' current parser no longer has; package stackdriver is tested against the
// parser of 2019.
func parseSelectors(logger log.Logger, includes, filters []string) ([]stackdriver.Selector, error) {
	var selectors []stackdriver.Selector
	if len(filters) > 0 {
		level.Warn(logger).Log("msg", "--filter is deprecated; please use --include instead")
		text := "{" + strings.Join(filters, ",") + "}"
		s, err := stackdriver.ParseSelector(text)
		if err != nil {
			return nil, fmt.Errorf("cannot parse --filter flag (metric filter '%s'): %w", text, err)
		}
		selectors = append(selectors, s)
	}
	for _, text := range includes {
		s, err := stackdriver.ParseSelector(text)
		if err != nil {
			return nil, fmt.Errorf("cannot parse --include flag '%s': %w", text, err)
		}
		selectors = append(selectors, s)
	}
	return selectors, nil
}

// selected reports whether a series is exported: if any selector matches, or if there are
// no selectors.
func selected(selectors []stackdriver.Selector, series labels.Labels) bool {
	if len(selectors) == 0 {
		return true
	}
	for _, s := range selectors {
		if s.Matches(series.Get) {
			return true
		}
	}
	return false
}

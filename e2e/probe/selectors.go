package main

import (
	"fmt"
	"strings"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// parseSelectors gives one selector for each --include, and one for all --filter flags together, as parseFiltersets in the
// real main.go does. The grammar is the sidecar's of 2019, which Prometheus' own parser has left: package sidecar is tested
// against the parser of that year.
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

// selected says whether a series is exported: any selector may match, and where there is none every series is.
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

package stackdriver

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// MetricTypes are the types that static_metadata may give to a metric, in the
// spelling that the sidecar wants. "untyped" means "unknown".
var MetricTypes = []string{"counter", "gauge", "histogram", "summary", "unknown", "untyped"}

// ValueTypes are the value types that static_metadata may give; none means double.
var ValueTypes = []string{"double", "int64"}

// startupDiagnostics finds the entries with which the sidecar exits: processFileConfig
// in cmd/stackdriver-prometheus-sidecar/main.go. The sidecar stops at the first.
func (c *Config) startupDiagnostics() []ConfigDiagnostic {
	var diagnostics []ConfigDiagnostic
	for i, entry := range c.StaticMetadata {
		path := fmt.Sprintf("%s[%d]", metadataKey, i)
		if !slices.Contains(MetricTypes, entry.Type.Text) {
			diagnostics = append(diagnostics, invalidWord(InvalidMetricType, entry.Position, entry.Type, path, "type", MetricTypes))
		}
		if entry.ValueType.Text != "" && !slices.Contains(ValueTypes, entry.ValueType.Text) {
			diagnostics = append(diagnostics, invalidWord(InvalidValueType, entry.Position, entry.ValueType, path, "value_type", ValueTypes))
		}
	}
	first := map[string]source.Position{}
	for i, counter := range c.AggregatedCounters {
		path := fmt.Sprintf("%s[%d]", aggregatedKey, i)
		metric, at := counter.Metric.Text, counter.Metric.rangeOr(counter.Position)
		if other, twice := first[metric]; twice {
			diagnostics = append(diagnostics, diagnose(DuplicateCounter, at, path+".metric",
				"aggregated counter %q is there already, %s", shorten(metric), at.Start.Apart(other)))
		} else {
			first[metric] = at.Start
		}
		diagnostics = append(diagnostics, filterDiagnostics(counter, path)...)
	}
	return diagnostics
}

func filterDiagnostics(counter AggregatedCounter, path string) []ConfigDiagnostic {
	var diagnostics []ConfigDiagnostic
	for i, filter := range counter.Filters {
		_, err := ParseSelector(filter.Text)
		if err == nil {
			continue
		}
		at, message := filter.rangeOr(counter.Position), err.Error()
		var selector *SelectorError
		if errors.As(err, &selector) {
			message = selector.Message
			if filter.exact() {
				at = source.Range{Start: filter.At(selector.offset), End: filter.At(selector.offset + selector.length)}
			}
		}
		diagnostics = append(diagnostics, diagnose(InvalidFilter, at, fmt.Sprintf("%s.%s[%d]", path, filtersKey, i),
			"the filter is not a selector that the sidecar reads: %s", message))
	}
	return diagnostics
}

func invalidWord(kind ConfigDiagnosticKind, entry source.Position, word Value, path, key string, words []string) ConfigDiagnostic {
	at, all := word.rangeOr(entry), strings.Join(words, ", ")
	if word.Text == "" {
		return diagnose(kind, at, path+"."+key, "%s is missing: write one of %s", key, all)
	}
	return diagnose(kind, at, path+"."+key, "%s %q is not one of %s", key, shorten(word.Text), all).
		suggesting(strings.ToLower(word.Text), words)
}

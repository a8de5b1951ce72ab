package stackdriver

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// MetricTypes are the types that static_metadata may give to a metric, in the
// spelling that the sidecar wants. "untyped" means "unknown".
var MetricTypes = []string{"counter", "gauge", "histogram", "summary", "unknown", "untyped"}

// ValueTypes are the value types that static_metadata may give; none means double.
var ValueTypes = []string{"double", "int64"}

// startupFaults finds the entries on which the sidecar exits: processFileConfig
// in cmd/stackdriver-prometheus-sidecar/main.go. The sidecar stops at the first.
func (c *Config) startupFaults() []ConfigFault {
	var faults []ConfigFault
	for i, entry := range c.StaticMetadata {
		path := fmt.Sprintf("%s[%d]", metadataKey, i)
		if !slices.Contains(MetricTypes, entry.Type.Text) {
			faults = append(faults, invalidWord(InvalidMetricType, entry.Position, entry.Type, path+".type", "type", MetricTypes))
		}
		if entry.ValueType.Text != "" && !slices.Contains(ValueTypes, entry.ValueType.Text) {
			faults = append(faults, invalidWord(InvalidValueType, entry.Position, entry.ValueType, path+".value_type", "value_type", ValueTypes))
		}
	}
	first := map[string]source.Position{}
	for i, counter := range c.AggregatedCounters {
		path := fmt.Sprintf("%s[%d]", aggregatedKey, i)
		metric := counter.Metric.Text
		if other, twice := first[metric]; twice {
			faults = append(faults, ConfigFault{Kind: DuplicateCounter, Position: placeOr(counter.Metric, counter.Position), Path: path + ".metric",
				Value: shorten(metric), Other: other,
				Message: fmt.Sprintf("aggregated counter %q is there already, in line %d", shorten(metric), other.Line)})
		} else {
			first[metric] = placeOr(counter.Metric, counter.Position)
		}
		faults = append(faults, filterFaults(counter, path)...)
	}
	return faults
}

func filterFaults(counter AggregatedCounter, path string) []ConfigFault {
	var faults []ConfigFault
	for i, filter := range counter.Filters {
		_, err := ParseSelector(filter.Text)
		if err == nil {
			continue
		}
		place, message := placeOr(filter, counter.Position), err.Error()
		var fault *SelectorError
		if errors.As(err, &fault) {
			message = fault.Message
			if filter.Position.Line > 0 {
				place = filter.At(fault.Offset)
			}
		}
		faults = append(faults, ConfigFault{Kind: InvalidFilter, Position: place, Path: fmt.Sprintf("%s.%s[%d]", path, filtersKey, i),
			Value: shorten(filter.Text), Message: "the filter is no selector that the sidecar reads: " + message})
	}
	return faults
}

func invalidWord(kind ConfigFaultKind, entry source.Position, word Value, path, key string, words []string) ConfigFault {
	fault := ConfigFault{Kind: kind, Position: placeOr(word, entry), Path: path, Value: shorten(word.Text),
		Message: fmt.Sprintf("%s %q is none of %s", key, shorten(word.Text), strings.Join(words, ", "))}
	if word.Text == "" {
		fault.Message = fmt.Sprintf("%s is missing: write one of %s", key, strings.Join(words, ", "))
		return fault
	}
	fault.Instead = spelling.Likely(strings.ToLower(word.Text), words)
	return fault
}

// placeOr returns the place of a value, or of the entry that lacks it.
func placeOr(value Value, entry source.Position) source.Position {
	if value.Position.Line > 0 {
		return value.Position
	}
	return entry
}

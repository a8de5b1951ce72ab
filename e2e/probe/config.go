package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/ghodss/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// defaultPrefix is the prefix of metric types if --stackdriver.metrics-prefix is empty
// (retrieval/transform.go).
const defaultPrefix = "external.googleapis.com/prometheus"

// config is the sidecar's configuration file. It is declared and decoded here as in the
// real main.go, and not with this project's own code, which the probe has to test.
type config struct {
	MetricRenames []struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"metric_renames"`
	StaticMetadata []struct {
		Metric    string `json:"metric"`
		Type      string `json:"type"`
		ValueType string `json:"value_type"`
		Help      string `json:"help"`
	} `json:"static_metadata"`
	AggregatedCounters []struct {
		Metric  string   `json:"metric"`
		Filters []string `json:"filters"`
		Help    string   `json:"help"`
	} `json:"aggregated_counters"`
}

var (
	metricTypes = []string{"counter", "gauge", "histogram", "summary", "unknown", "untyped"}
	valueTypes  = []string{"", "double", "int64"}
)

func readConfig(file string) (*config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading file: %w", err)
	}
	return parseConfig(text)
}

// parseConfig accepts and rejects the same files as the real sidecar: unknown keys are
// ignored, and the last of two equal keys counts.
func parseConfig(text []byte) (*config, error) {
	c := &config{}
	if err := yaml.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("invalid YAML: %w", err)
	}
	for _, entry := range c.StaticMetadata {
		if !slices.Contains(metricTypes, entry.Type) {
			return nil, fmt.Errorf("invalid metric type %q", entry.Type)
		}
		if !slices.Contains(valueTypes, entry.ValueType) {
			return nil, fmt.Errorf("invalid value type %q", entry.ValueType)
		}
	}
	seen := map[string]bool{}
	for _, counter := range c.AggregatedCounters {
		if seen[counter.Metric] {
			return nil, fmt.Errorf("duplicate counter aggregator metric %s", counter.Metric)
		}
		seen[counter.Metric] = true
		for _, filter := range counter.Filters {
			if _, err := stackdriver.ParseSelector(filter); err != nil {
				return nil, fmt.Errorf("cannot parse metric selector '%s': %w", filter, err)
			}
		}
	}
	return c, nil
}

// rename returns the name under which a metric is exported. Of two renames of one metric,
// the last counts.
func (c *config) rename(metric string) string {
	name := metric
	for _, r := range c.MetricRenames {
		if r.From == metric {
			name = r.To
		}
	}
	return name
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ghodss/yaml"
	"github.com/prometheus/prometheus/promql"
)

// fileConfig has the shape of the sidecar's own type of this name, in
// cmd/stackdriver-prometheus-sidecar/main.go.
type fileConfig struct {
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

// configVerdict returns the configuration that the sidecar reads from a file, as JSON,
// and the error with which it would exit.
func configVerdict(text []byte) string {
	verdict := struct {
		Config *fileConfig `json:"config,omitempty"`
		Error  string      `json:"error,omitempty"`
	}{Config: new(fileConfig)}
	if err := yaml.Unmarshal(text, verdict.Config); err != nil {
		verdict.Config, verdict.Error = nil, fmt.Sprintf("invalid YAML: %v", err)
	} else if err := process(verdict.Config); err != nil {
		verdict.Error = err.Error()
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(verdict); err != nil {
		return "unencodable: " + err.Error()
	}
	return out.String()
}

// process returns the same errors as the sidecar's processFileConfig, with the same words
// and in the same order.
func process(config *fileConfig) error {
	for _, entry := range config.StaticMetadata {
		switch entry.Type {
		case "untyped", "counter", "gauge", "histogram", "summary", "unknown":
		default:
			return fmt.Errorf("invalid metric type %q", entry.Type)
		}
		switch entry.ValueType {
		case "double", "int64", "":
		default:
			return fmt.Errorf("invalid value type %q", entry.ValueType)
		}
	}
	seen := map[string]bool{}
	for _, counter := range config.AggregatedCounters {
		if seen[counter.Metric] {
			return fmt.Errorf("duplicate counter aggregator metric %s", counter.Metric)
		}
		for _, filter := range counter.Filters {
			if _, err := promql.ParseMetricSelector(filter); err != nil {
				return fmt.Errorf("cannot parse metric selector '%s': %q", filter, err.Error())
			}
		}
		seen[counter.Metric] = true
	}
	return nil
}

// updateConfigs rewrites the verdict NAME.golden beside every configs/NAME.yml.
func updateConfigs(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "configs", "*.yml"))
	if err != nil {
		return fmt.Errorf("listing the configuration files: %w", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading a configuration file: %w", err)
		}
		golden := strings.TrimSuffix(file, ".yml") + ".golden"
		if err := os.WriteFile(golden, []byte(configVerdict(text)), 0o644); err != nil {
			return fmt.Errorf("writing a verdict: %w", err)
		}
	}
	return nil
}

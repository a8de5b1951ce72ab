package stackdriver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ghodss/yaml"
	yamlnode "go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
)

// FuzzParseConfig compares what ParseConfig reads with what the sidecar's own
// decoder reads, and its two readings with each other.
func FuzzParseConfig(f *testing.F) {
	files, err := filepath.Glob("testdata/configs/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	real := oracle.Named(f, selectors2019Variable, "-serve", "configs")
	f.Fuzz(func(t *testing.T, text []byte) {
		config, err := ParseConfig(text)
		var unreadable *ConfigError
		if err != nil && !errors.As(err, &unreadable) {
			t.Fatalf("%q: the error %v is not a *ConfigError", text, err)
		}
		if err == nil {
			checkPlaces(t, text, config)
			checkReadingsAgree(t, text)
		}
		if real == nil || beyondOurBounds(config, unreadable) {
			return
		}
		checkConfig(t, text, parseVerdict(t, []byte(real.Ask(t, text))))
	})
}

// beyondOurBounds reports whether a file is refused for a reason that isn't the
// sidecar's: it would take too much to check it, or it is not text at all.
func beyondOurBounds(config *Config, unreadable *ConfigError) bool {
	ours := []string{"linkerd-gcm", "a ConfigMap holds", "aliases expanded", "not valid UTF-8"}
	for _, words := range ours {
		if unreadable != nil && strings.Contains(unreadable.Message, words) {
			return true
		}
	}
	for _, diagnostic := range diagnosticsOf(config) {
		if strings.Contains(diagnostic.Message, "linkerd-gcm") {
			return true
		}
	}
	return false
}

// checkReadingsAgree checks that the node that is taken for the place of a value
// decodes to that value.
func checkReadingsAgree(t *testing.T, text []byte) {
	t.Helper()
	document, err := readDocument(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	var decoded fileConfig
	if err := yaml.Unmarshal(text, &decoded); err != nil {
		return // a wrong kind, which has no value
	}
	reading := readShape(document.root)
	check := func(node *yamlnode.Node, value string) {
		if node == nil {
			if value != "" {
				t.Errorf("%q: no place for %q", text, value)
			}
		} else if want, known := valueOf(node); known && want != value {
			t.Errorf("%q: place %v is of %q, not of %q", text, placeOf(node), want, value)
		}
	}
	nodes := func(list string, length int) []*entryNodes {
		if len(reading.lists[list]) != length {
			t.Fatalf("%q: %d places for %d entries of %s", text, len(reading.lists[list]), length, list)
		}
		return reading.lists[list]
	}
	for i, entry := range nodes(renamesKey, len(decoded.MetricRenames)) {
		check(entry.scalars["from"], decoded.MetricRenames[i].From)
		check(entry.scalars["to"], decoded.MetricRenames[i].To)
	}
	for i, entry := range nodes(metadataKey, len(decoded.StaticMetadata)) {
		check(entry.scalars["metric"], decoded.StaticMetadata[i].Metric)
		check(entry.scalars["type"], decoded.StaticMetadata[i].Type)
		check(entry.scalars["value_type"], decoded.StaticMetadata[i].ValueType)
		check(entry.scalars["help"], decoded.StaticMetadata[i].Help)
	}
	for i, entry := range nodes(aggregatedKey, len(decoded.AggregatedCounters)) {
		check(entry.scalars["metric"], decoded.AggregatedCounters[i].Metric)
		check(entry.scalars["help"], decoded.AggregatedCounters[i].Help)
		if len(entry.filters) != len(decoded.AggregatedCounters[i].Filters) {
			t.Fatalf("%q: %d places for filters %q", text, len(entry.filters), decoded.AggregatedCounters[i].Filters)
		}
		for j, filter := range decoded.AggregatedCounters[i].Filters {
			check(entry.filters[j], filter)
		}
	}
}

// valueOf returns the string that the sidecar's decoder makes of a scalar, where
// that can be asked without the rest of the file.
func valueOf(node *yamlnode.Node) (string, bool) {
	switch {
	case node.Style&yamlnode.TaggedStyle != 0:
		return "", false
	case node.Style != 0:
		return node.Value, true
	case strings.ContainsAny(node.Value, "\n\r\u0085\u2028\u2029"):
		return node.Value, true
	}
	var values []string
	err := yaml.Unmarshal([]byte("- "+node.Value), &values)
	return strings.Join(values, ""), err == nil
}

package stackdriver

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// configVerdict is what e2e/selectors2019 says about a configuration file.
type configVerdict struct {
	Config *fileConfig `json:"config"`
	Error  string      `json:"error"`
}

func parseVerdict(t testing.TB, text []byte) configVerdict {
	t.Helper()
	var verdict configVerdict
	if err := json.Unmarshal(text, &verdict); err != nil {
		t.Fatalf("reading the verdict %s: %v", text, err)
	}
	return verdict
}

func TestConfigsAreReadAsTheSidecarReadsThem(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.yml")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d configuration files (error: %v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden, err := os.ReadFile(strings.TrimSuffix(file, ".yml") + ".golden")
			if err != nil {
				t.Fatalf("run e2e/selectors2019 to make the verdict: %v", err)
			}
			checkConfig(t, text, parseVerdict(t, golden))
		})
	}
}

// checkConfig compares what ParseConfig says with the verdict of the sidecar's
// own decoder.
func checkConfig(t *testing.T, text []byte, verdict configVerdict) {
	t.Helper()
	config, err := ParseConfig(text)
	exits := err != nil || slices.ContainsFunc(config.Diagnostics, func(d ConfigDiagnostic) bool { return d.Effect() == Exits })
	if exits != (verdict.Error != "") {
		t.Errorf("the sidecar's error: %q, ours: %v, diagnostics: %v", verdict.Error, err, diagnosticsOf(config))
	}
	if err != nil || verdict.Config == nil {
		return
	}
	if diff := cmp.Diff(verdict.Config, decodedTexts(config), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("entries differ (-sidecar +ours):\n%s", diff)
	}
	checkPlaces(t, text, config)
}

func diagnosticsOf(config *Config) []ConfigDiagnostic {
	if config == nil {
		return nil
	}
	return config.Diagnostics
}

// decodedTexts returns a configuration without its places.
func decodedTexts(config *Config) *fileConfig {
	decoded := new(fileConfig)
	for _, r := range config.Renames {
		decoded.MetricRenames = append(decoded.MetricRenames, struct {
			From string `json:"from"`
			To   string `json:"to"`
		}{r.From.Text, r.To.Text})
	}
	for _, s := range config.StaticMetadata {
		decoded.StaticMetadata = append(decoded.StaticMetadata, struct {
			Metric    string `json:"metric"`
			Type      string `json:"type"`
			ValueType string `json:"value_type"`
			Help      string `json:"help"`
		}{s.Metric.Text, s.Type.Text, s.ValueType.Text, s.Help.Text})
	}
	for _, a := range config.AggregatedCounters {
		var filters []string
		for _, filter := range a.Filters {
			filters = append(filters, filter.Text)
		}
		decoded.AggregatedCounters = append(decoded.AggregatedCounters, struct {
			Metric  string   `json:"metric"`
			Filters []string `json:"filters"`
			Help    string   `json:"help"`
		}{a.Metric.Text, filters, a.Help.Text})
	}
	return decoded
}

// checkPlaces checks that both readings of a file found the same entries: every
// entry and every value that isn't empty has a place.
func checkPlaces(t *testing.T, text []byte, config *Config) {
	t.Helper()
	lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1
	check := func(what, text string, place source.Position) {
		if text != "" && (place.Line < 1 || place.Column < 1 || place.Line > lines+1) {
			t.Errorf("%s %q is at %v", what, text, place)
		}
	}
	for _, r := range config.Renames {
		check("rename", "entry", r.Position)
		check("from", r.From.Text, r.From.Position)
		check("to", r.To.Text, r.To.Position)
	}
	for _, s := range config.StaticMetadata {
		check("static metadata", "entry", s.Position)
		check("metric", s.Metric.Text, s.Metric.Position)
		check("type", s.Type.Text, s.Type.Position)
		check("value_type", s.ValueType.Text, s.ValueType.Position)
		check("help", s.Help.Text, s.Help.Position)
	}
	for _, a := range config.AggregatedCounters {
		check("aggregated counter", "entry", a.Position)
		check("metric", a.Metric.Text, a.Metric.Position)
		check("help", a.Help.Text, a.Help.Position)
		for _, filter := range a.Filters {
			check("filter", filter.Text, filter.Position)
		}
	}
	for _, diagnostic := range config.Diagnostics {
		check("diagnostic", string(diagnostic.Kind), diagnostic.Range.Start)
		if _, known := configDiagnosticKinds[diagnostic.Kind]; !known || diagnostic.Message == "" {
			t.Errorf("a diagnostic of no known kind or without a message: %+v", diagnostic)
		}
	}
}

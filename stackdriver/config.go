package stackdriver

import (
	"slices"
	"unicode/utf8"

	"github.com/ghodss/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Config is the sidecar's configuration file, the one that --config-file names,
// as the sidecar understands it.
type Config struct {
	Renames            []Rename
	StaticMetadata     []StaticMetadata
	AggregatedCounters []AggregatedCounter
	// Diagnostics say what is wrong with the file and what the sidecar ignores
	// silently, sorted by place.
	Diagnostics []ConfigDiagnostic
}

// Value is a string as the sidecar reads it, with the place where it is written.
// A key that is missing has the text "" and the zero Position.
type Value struct {
	Position source.Position
	Text     string
	// quote is the number of characters before the text where it stands in the
	// file as it is, on one line; -1 where it doesn't.
	quote int
}

// At returns the place of the character at a byte offset in the text: exact
// where the text stands in the file as it is, else the place of the value.
func (v Value) At(offset int) source.Position {
	if !v.exact() {
		return v.Position
	}
	before := v.Text[:min(max(offset, 0), len(v.Text))]
	return source.Position{Line: v.Position.Line, Column: v.Position.Column + v.quote + len([]rune(before))}
}

// exact reports whether the text stands in the file as it is, on one line.
func (v Value) exact() bool { return v.quote >= 0 && v.Position.Line > 0 }

// rangeOr returns the range of the value, or that of the entry that lacks it.
func (v Value) rangeOr(entry source.Position) source.Range {
	if v.Position.Line == 0 {
		return entry.Characters(0)
	}
	return v.Position.Characters(utf8.RuneCountInString(v.Text))
}

// Rename is an entry of metric_renames: series whose metric is From are exported
// as To.
type Rename struct {
	Position source.Position
	From, To Value
}

// StaticMetadata is an entry of static_metadata: the type of a metric, by the
// name that it has in Prometheus.
type StaticMetadata struct {
	Position                      source.Position
	Metric, Type, ValueType, Help Value
}

// AggregatedCounter is an entry of aggregated_counters: a counter that the
// sidecar sums up itself from the series that any of the filters matches.
type AggregatedCounter struct {
	Position     source.Position
	Metric, Help Value
	Filters      []Value
}

// fileConfig has the shape of the type of this name in the sidecar
// (cmd/stackdriver-prometheus-sidecar/main.go), on which depends which scalars
// ghodss/yaml turns into strings.
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

// ParseConfig reads the sidecar's configuration file. What the entries hold
// comes from the sidecar's own decoder (ghodss/yaml v1.0.0, which turns YAML into
// JSON: keys match in any letter case, unknown ones are dropped, numbers become
// strings); where they stand comes from a second reading.
//
// The error is a *ConfigError: the file can't be read at all, and the sidecar
// would exit with status 2. Everything else that is wrong is in Config.Diagnostics.
func ParseConfig(text []byte) (*Config, error) {
	document, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	reading := readShape(document.root)
	var decoded fileConfig
	decodeErr := yaml.Unmarshal(text, &decoded)
	if decodeErr != nil && !reading.has(WrongKind) {
		return nil, document.undecodable(decodeErr)
	}
	config := reading.config(&decoded, source.New(text))
	config.Diagnostics = slices.Concat(document.diagnostics(), reading.diagnostics, reading.without(config.startupDiagnostics()))
	sortDiagnostics(config.Diagnostics)
	return config, nil
}

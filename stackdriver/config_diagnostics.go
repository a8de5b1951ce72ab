package stackdriver

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// ConfigDiagnosticKind tells the diagnostics of a configuration file apart.
type ConfigDiagnosticKind string

// The kinds with which the sidecar exits with status 2 at start-up.
const (
	// WrongKind is a map where a list is expected, a list or map where a string is
	// expected, and so on: the file does not decode.
	WrongKind ConfigDiagnosticKind = "wrong kind"
	// InvalidMetricType is a type in static_metadata other than MetricTypes.
	InvalidMetricType ConfigDiagnosticKind = "invalid metric type"
	// InvalidValueType is a value_type in static_metadata other than ValueTypes.
	InvalidValueType ConfigDiagnosticKind = "invalid value type"
	// DuplicateCounter is the second of two aggregated_counters with one metric.
	DuplicateCounter ConfigDiagnosticKind = "duplicate counter"
	// InvalidFilter is a filter of an aggregated counter that is not a selector in
	// the sidecar's grammar.
	InvalidFilter ConfigDiagnosticKind = "invalid filter"
)

// The kinds of what the sidecar ignores silently.
const (
	// UnknownKey is dropped, with all that is under it.
	UnknownKey ConfigDiagnosticKind = "unknown key"
	// KeyCase is a key in another letter case, which is taken for the known one.
	KeyCase ConfigDiagnosticKind = "key in another letter case"
	// DuplicateKey is a key that is given twice: one is dropped or read over the other.
	DuplicateKey ConfigDiagnosticKind = "duplicate key"
	// MergeOverride is a key that a merge key (<<) after it replaces, contrary to
	// YAML's rules.
	MergeOverride ConfigDiagnosticKind = "overridden by a merge key"
	// TypedScalar is a word that YAML takes for a number, a boolean or null, and that
	// becomes another string.
	TypedScalar ConfigDiagnosticKind = "typed scalar"
	// IgnoredDocument is a second YAML document: only the first is read.
	IgnoredDocument ConfigDiagnosticKind = "ignored document"
	// EmptyConfig is a file without content: nothing is renamed and no metric has a type.
	EmptyConfig ConfigDiagnosticKind = "empty file"
)

// A ConfigEffect is what the sidecar does with what a diagnostic is about.
type ConfigEffect string

// The effects.
const (
	// Exits is that the sidecar exits with status 2 at start-up.
	Exits ConfigEffect = "exits"
	// Loses is that something which the file says is dropped or changed silently.
	Loses ConfigEffect = "loses"
	// Overrides is that one of two values holds, and not the one that YAML's rules choose.
	Overrides ConfigEffect = "overrides"
	// Harmless is that the sidecar takes the file as it was meant.
	Harmless ConfigEffect = "harmless"
)

// configDiagnosticKinds is the table of the kinds: which rule of package lint is broken,
// what the sidecar does, and what to do unless the diagnostic itself knows better.
var configDiagnosticKinds = map[ConfigDiagnosticKind]struct {
	code   string
	effect ConfigEffect
	fix    string
}{
	WrongKind:         {code: unreadableConfig, effect: Exits},
	InvalidMetricType: {code: "MET002", effect: Exits},
	InvalidValueType:  {code: "MET003", effect: Exits},
	DuplicateCounter:  {"AGG001", Exits, "remove one of the two, or rename it"},
	InvalidFilter:     {"AGG002", Exits, `write a selector such as request_total{direction="inbound"}`},
	UnknownKey:        {"CFG002", Loses, "write a key that the sidecar knows, or remove it"},
	KeyCase:           {"CFG002", Harmless, "write the key in lower case"},
	DuplicateKey:      {"CFG002", Loses, "put all of it under one key"},
	MergeOverride:     {"CFG002", Overrides, "write the values out"},
	TypedScalar:       {"REN012", Loses, "put it in quotes, or write what it becomes"},
	IgnoredDocument:   {"CFG002", Loses, "put everything into one document"},
	EmptyConfig:       {"CFG002", Harmless, "add metric_renames"},
}

// A ConfigDiagnostic is one thing that is wrong with a configuration file, or that the
// sidecar ignores silently.
type ConfigDiagnostic struct {
	source.Diagnostic
	Kind ConfigDiagnosticKind
	// Path says what it is about, such as metric_renames[2].to.
	Path string
}

// diagnose returns a diagnostic of a kind.
func diagnose(kind ConfigDiagnosticKind, at source.Range, path, format string, args ...any) ConfigDiagnostic {
	row := configDiagnosticKinds[kind]
	return ConfigDiagnostic{source.Diagnostic{Code: row.code, Range: at, Message: fmt.Sprintf(format, args...), Fix: row.fix}, kind, path}
}

// suggesting returns the diagnostic with the known word that somebody may have meant.
func (d ConfigDiagnostic) suggesting(word string, known []string) ConfigDiagnostic {
	if likely := spelling.Likely(word, known); likely != "" {
		d.Fix = "write " + likely
	}
	return d
}

// Effect returns what the sidecar does with what the diagnostic is about.
func (d ConfigDiagnostic) Effect() ConfigEffect { return configDiagnosticKinds[d.Kind].effect }

// sortDiagnostics puts diagnostics in the order of the file.
func sortDiagnostics(diagnostics []ConfigDiagnostic) {
	slices.SortStableFunc(diagnostics, func(a, b ConfigDiagnostic) int {
		return cmp.Or(a.Range.Start.Compare(b.Range.Start), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path))
	})
}

// unreadableConfig is the rule of package lint against files that do not decode.
const unreadableConfig = "CFG003"

// A ConfigError says why a configuration file cannot be read at all. Its range is zero
// where no place can be given.
type ConfigError struct {
	source.Diagnostic
}

func unreadable(at source.Position, format string, args ...any) *ConfigError {
	return &ConfigError{source.Diagnostic{Code: unreadableConfig, Range: at.Characters(0), Message: fmt.Sprintf(format, args...)}}
}

// Error returns the message with the place.
func (e *ConfigError) Error() string {
	at := e.Range.Start
	if at.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", at.Line, at.Column, e.Message)
}

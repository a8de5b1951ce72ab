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

// configDiagnosticKinds says of each kind which rule of package lint is broken, whether
// the sidecar exits, and what to do unless the diagnostic itself knows better.
var configDiagnosticKinds = map[ConfigDiagnosticKind]struct {
	code  string
	exits bool
	fix   string
}{
	WrongKind:         {code: unreadableConfig, exits: true},
	InvalidMetricType: {code: "MET002", exits: true},
	InvalidValueType:  {code: "MET003", exits: true},
	DuplicateCounter:  {"AGG001", true, "remove one of the two, or rename it"},
	InvalidFilter:     {"AGG002", true, `write a selector such as request_total{direction="inbound"}`},
	UnknownKey:        {"CFG002", false, "write a key that the sidecar knows, or remove it"},
	KeyCase:           {"CFG002", false, "write the key in lower case"},
	DuplicateKey:      {"CFG002", false, "put all of it under one key"},
	MergeOverride:     {"CFG002", false, "write the values out"},
	TypedScalar:       {"REN012", false, "put it in quotes, or write what it becomes"},
	IgnoredDocument:   {"CFG002", false, "put everything into one document"},
	EmptyConfig:       {"CFG002", false, "add metric_renames"},
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

// Exits reports whether the sidecar exits with status 2 because of it.
func (d ConfigDiagnostic) Exits() bool { return configDiagnosticKinds[d.Kind].exits }

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

package stackdriver

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// ConfigFaultKind tells the faults of a configuration file apart.
type ConfigFaultKind string

// The faults on which the sidecar exits with status 2 at start-up.
const (
	WrongKind         ConfigFaultKind = "wrong kind"
	InvalidMetricType ConfigFaultKind = "invalid metric type"
	InvalidValueType  ConfigFaultKind = "invalid value type"
	DuplicateCounter  ConfigFaultKind = "duplicate counter"
	InvalidFilter     ConfigFaultKind = "invalid filter"
)

// What the sidecar passes over in silence.
const (
	UnknownKey      ConfigFaultKind = "unknown key"
	KeyCase         ConfigFaultKind = "key in another letter case"
	DuplicateKey    ConfigFaultKind = "duplicate key"
	MergeOverride   ConfigFaultKind = "overridden by a merge key"
	TypedScalar     ConfigFaultKind = "typed scalar"
	IgnoredDocument ConfigFaultKind = "ignored document"
	EmptyConfig     ConfigFaultKind = "empty file"
)

// ConfigFaultKinds is the table of the kinds: whether the sidecar exits, and
// what the fault means.
var ConfigFaultKinds = map[ConfigFaultKind]struct {
	Exits bool
	Doc   string
}{
	WrongKind:         {true, "A map where a list is expected, a list or map where a string is expected, and so on: the file does not decode."},
	InvalidMetricType: {true, "static_metadata has a type other than counter, gauge, histogram, summary, unknown and untyped, in lower case."},
	InvalidValueType:  {true, "static_metadata has a value_type other than double and int64, in lower case."},
	DuplicateCounter:  {true, "Two aggregated_counters have the same metric."},
	InvalidFilter:     {true, "A filter of an aggregated counter is no selector in the sidecar's grammar."},
	UnknownKey:        {false, "A key that the sidecar doesn't know is dropped, with all that is under it."},
	KeyCase:           {false, "A key in another letter case is taken for the known one."},
	DuplicateKey:      {false, "Of a key that is given twice, one is dropped or read over the other."},
	MergeOverride:     {false, "A merge key (<<) replaces what was written before it, contrary to YAML's rules."},
	TypedScalar:       {false, "A word that YAML takes for a number, a boolean or null becomes another string."},
	IgnoredDocument:   {false, "Only the first YAML document of the file is read."},
	EmptyConfig:       {false, "The file has no content: nothing is renamed and no metric has a type."},
}

// A ConfigFault is one thing that is wrong with a configuration file, or that
// the sidecar passes over in silence.
type ConfigFault struct {
	Position source.Position
	Kind     ConfigFaultKind
	// Path says what the fault is about, such as metric_renames[2].to.
	Path string
	// Value is what is written: the key, or the scalar.
	Value string
	// Instead is the nearest known key or word of an unknown one, the key for which
	// another spelling is taken, or what a typed scalar becomes.
	Instead string
	// Other is where the key is that wins, or the first of two equal counters.
	Other   source.Position
	Message string
}

// Exits reports whether the sidecar exits with status 2 because of the fault.
func (f ConfigFault) Exits() bool { return ConfigFaultKinds[f.Kind].Exits }

// sortFaults puts faults in the order of the file.
func sortFaults(faults []ConfigFault) {
	slices.SortStableFunc(faults, func(a, b ConfigFault) int {
		return cmp.Or(a.Position.Compare(b.Position),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path))
	})
}

// A ConfigError says why a configuration file can't be read at all.
type ConfigError struct {
	// Position is the zero Position where no place can be given.
	Position source.Position
	Message  string
}

// Error returns the message with the place.
func (e *ConfigError) Error() string {
	if e.Position.Line == 0 {
		return e.Message
	}
	return "line " + strconv.Itoa(e.Position.Line) + ", column " + strconv.Itoa(e.Position.Column) + ": " + e.Message
}

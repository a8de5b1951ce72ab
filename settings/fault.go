package settings

import "errors"

// Fault is what kind of mistake a problem is.
type Fault string

const (
	// UnknownKey is an annotation that nobody reads.
	UnknownKey Fault = "unknown key"
	// MissingValue is a required annotation that stands nowhere.
	MissingValue Fault = "missing value"
	// InvalidValue is a value that the annotation does not take.
	InvalidValue Fault = "invalid value"
	// NoSelector is a list of selectors without any, with which the sidecar would
	// export everything.
	NoSelector Fault = "no selector"
	// FileNotLoaded is a rule file whose name Prometheus passes over.
	FileNotLoaded Fault = "file not loaded"
	// FileTwice is a rule file that would be mounted where another one is.
	FileTwice Fault = "file twice"
)

// A mistake is one fault of a value, or of a part of it.
type mistake struct {
	fault Fault
	part  string
	error
}

// mistakes returns the faults of which a value's error consists.
func mistakes(err error) []mistake {
	if err == nil {
		return nil
	}
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		var all []mistake
		for _, one := range several.Unwrap() {
			all = append(all, mistakes(one)...)
		}
		return all
	}
	var m mistake
	if errors.As(err, &m) {
		return []mistake{m}
	}
	return []mistake{{fault: InvalidValue, error: err}}
}

package settings

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// The rules of package lint that annotations break.
const (
	unknownKeyRule      = "SET001"
	invalidValueRule    = "SET002"
	missingValueRule    = "SET003"
	fileTwiceRule       = "SET004"
	noSelectorRule      = "SEL007"
	fileNotLoadedRule   = "REC018"
	projectRule         = "CFG004"
	clusterRule         = "CFG006"
	metricsPrefixRule   = "CFG013"
	pullPolicyRule      = "POD004"
	imageNotAllowedRule = "POD012"
)

// A Diagnostic is one thing that is wrong with the annotations. Its range is in Value, and
// zero where an annotation is missing.
type Diagnostic struct {
	source.Diagnostic
	// Origin is where the value is from.
	Origin Origin
	// Key is the annotation, prefix included.
	Key   string
	Value string
}

// String names the annotation, its origin and its value, and says what was wanted.
func (d Diagnostic) String() string {
	if d.Origin == FromNowhere {
		return fmt.Sprintf("annotation %s is missing: %s", d.Key, d.Message)
	}
	if d.Origin == FromServer {
		return fmt.Sprintf("the injector's default for %s is %s: %s", d.Key, quoted(d.Value), d.Message)
	}
	return fmt.Sprintf("annotation %s of the %s is %s: %s", d.Key, d.Origin, quoted(d.Value), d.Message)
}

// quoted is a value as messages repeat it, shortened: annotations may have 256 KiB.
func quoted(value string) string { return strconv.Quote(excerpt.Characters(value, 100)) }

// A valueError says why an annotation does not take a value, or a part of it.
type valueError struct {
	code string
	// offset and length are the part, in bytes; a length of 0 stands for the whole.
	offset, length int
	error
}

// breaking makes the errors of a function those of another rule than SET002.
func breaking(code string, set func(*Settings, string) error) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		if err := set(s, value); err != nil {
			return valueError{code: code, error: err}
		}
		return nil
	}
}

// valueErrors returns the errors that a value's error consists of.
func valueErrors(err error) []valueError {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var all []valueError
		for _, one := range joined.Unwrap() {
			all = append(all, valueErrors(one)...)
		}
		return all
	}
	var one valueError
	if errors.As(err, &one) {
		return []valueError{one}
	}
	return []valueError{{code: invalidValueRule, error: err}}
}

// diagnostic returns the diagnostic for an error of the value that holds for a key.
func (e valueError) diagnostic(key string, g given) Diagnostic {
	length := e.length
	if length == 0 {
		length = len(g.value) - e.offset
	}
	at := source.Range{Start: source.PositionIn(g.value, e.offset), End: source.PositionIn(g.value, e.offset+length)}
	return Diagnostic{source.Diagnostic{Code: e.code, Range: at, Message: e.Error()}, g.origin, key, g.value}
}

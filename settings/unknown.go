package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

// unknownKeys reports the keys under the prefix that are not known, each with the
// nearest one that somebody does.
func unknownKeys(annotations map[string]string, origin Origin) []Diagnostic {
	var diagnostics []Diagnostic
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if !strings.HasPrefix(key, Prefix) || isKnown(key) || key == Status && origin == FromPod {
			continue
		}
		err := fmt.Errorf("there is no such annotation; the nearest is %s", spelling.Nearest(key, knownKeys()))
		if key == Status {
			err = errors.New("the injector writes it on the pods that it injects; remove it here")
		}
		diagnostics = append(diagnostics, valueError{code: unknownKeyRule, error: err}.diagnostic(key, given{annotations[key], origin}))
	}
	return diagnostics
}

func isKnown(key string) bool {
	return slices.ContainsFunc(Annotations, func(a Annotation) bool { return a.Key == key })
}

func knownKeys() []string {
	var known []string
	for _, a := range Annotations {
		known = append(known, a.Key)
	}
	return known
}

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
	known := knownKeys()
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if !strings.HasPrefix(key, Prefix) || slices.Contains(known, key) || key == Status && origin == FromPod {
			continue
		}
		err := fmt.Errorf("there is no such annotation; the nearest is %s", spelling.Nearest(key, known))
		if key == Status {
			err = errors.New("the injector writes it on the pods that it injects; remove it here")
		}
		diagnostics = append(diagnostics, valueError{code: unknownKeyRule, error: err}.diagnostic(key, given{annotations[key], origin}))
	}
	return diagnostics
}

func knownKeys() []string {
	var known []string
	for _, a := range Annotations {
		known = append(known, a.Key)
	}
	return known
}

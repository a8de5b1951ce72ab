package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

// unknownKeys reports the keys under the prefix that nobody reads, with the
// nearest one that somebody does.
func unknownKeys(annotations map[string]string, source Source) []Problem {
	var known []string
	for _, a := range Annotations {
		known = append(known, a.Key)
	}
	var problems []Problem
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		switch {
		case !strings.HasPrefix(key, Prefix), slices.Contains(known, key), key == Status && source == FromPod:
		case key == Status:
			problems = append(problems, Problem{Source: source, Key: key, Value: annotations[key], Fault: UnknownKey,
				Message: "the injector writes it on the pods that it injects; remove it here"})
		default:
			problems = append(problems, Problem{Source: source, Key: key, Value: annotations[key], Fault: UnknownKey,
				Message: fmt.Sprintf("there is no such annotation; the nearest is %s", spelling.Nearest(key, known))})
		}
	}
	return problems
}

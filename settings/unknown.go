package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
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
				Message: fmt.Sprintf("there is no such annotation; the nearest is %s", Nearest(key, known))})
		}
	}
	return problems
}

// Nearest returns the known word with the fewest edits to the given one, the
// first of them where there are several, or "" where none is known.
func Nearest(word string, known []string) string {
	nearest, fewest := "", -1
	for _, k := range known {
		if edits := levenshtein.ComputeDistance(word, k); fewest < 0 || edits < fewest {
			nearest, fewest = k, edits
		}
	}
	return nearest
}

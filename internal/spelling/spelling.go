// Package spelling suggests the known word that somebody may have meant. It has
// no list of words of its own.
package spelling

import "github.com/agnivade/levenshtein"

// maxLength is the length of a word, in bytes, above which it is not taken for a
// misspelling; the search takes quadratic time.
const maxLength = 64

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

// Likely returns the nearest known word where the given one may be a misspelling of
// it, with at most half of its characters wrong, and "" otherwise.
func Likely(word string, known []string) string {
	if len(word) > maxLength {
		return ""
	}
	nearest := Nearest(word, known)
	if levenshtein.ComputeDistance(word, nearest) > len(nearest)/2 {
		return ""
	}
	return nearest
}

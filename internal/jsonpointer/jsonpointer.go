// Package jsonpointer writes and reads the tokens of JSON pointers (RFC 6901, sections 3
// and 4). It finds nothing in a document.
package jsonpointer

import "strings"

var (
	escapes   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapes = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape writes a key as a token of a pointer.
func Escape(key string) string { return escapes.Replace(key) }

// Tokens returns the keys and indexes of a pointer such as "/metadata/labels/a~1b", none of
// an empty one.
func Tokens(pointer string) []string {
	tokens := strings.Split(pointer, "/")[1:]
	for i := range tokens {
		tokens[i] = unescapes.Replace(tokens[i])
	}
	return tokens
}

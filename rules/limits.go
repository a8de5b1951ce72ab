package rules

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// What this package reads at most. Prometheus itself has no such limits; they
// bound the time and memory that a hostile file can cost, far above what a real
// file needs.
const (
	// MaxSize is the largest rules file, in bytes. A ConfigMap holds at most 1 MiB.
	MaxSize = 4 << 20

	// maxMarks bounds the lines, commas and opening brackets of a file, and so the
	// nodes that the YAML parser makes of it, of some 200 bytes each.
	maxMarks = 500_000

	// maxWork bounds the work of Prometheus' type checker over all expressions of
	// a file. The checker asks each node for its type, and a node asks those
	// below it, so an expression costs its tokens times its depth.
	maxWork = 50_000_000

	// maxRegexp bounds the instructions that the file's regular expressions
	// compile to. Counted repetitions multiply what they repeat by up to 1000.
	maxRegexp = 2_000_000

	// maxDepth and maxKeys bound the YAML: how deep lists and maps nest, and how
	// many keys one map has. The decoder compares each key with each other one.
	maxDepth = 100
	maxKeys  = 1000

	// maxActions bounds the actions in the templates of one alert: their parser
	// reads nested ones with nested calls.
	maxActions = 10_000

	// maxDiagnostics is how many diagnostics of a file are returned; after that many,
	// the rest of it is not read.
	maxDiagnostics = 100
)

// checkText refuses text that is too long or not UTF-8.
func checkText(text []byte) []Diagnostic {
	if len(text) > MaxSize {
		return []Diagnostic{limit(source.Position{}, "the rules file has %d bytes; at most %d are read", len(text), MaxSize)}
	}
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{"} {
		marks += bytes.Count(text, []byte(mark))
	}
	if marks > maxMarks {
		return []Diagnostic{limit(source.Position{}, "the rules file has %d lines, commas and opening brackets; at most %d are read", marks, maxMarks)}
	}
	if utf8.Valid(text) {
		return nil
	}
	valid := 0
	for valid < len(text) {
		r, width := utf8.DecodeRune(text[valid:])
		if r == utf8.RuneError && width == 1 {
			break
		}
		valid += width
	}
	// Prometheus reads UTF-16 as well, which no ConfigMap can hold as text.
	return []Diagnostic{limit(source.New(text[:valid]).Position(valid), "byte %#02x is not UTF-8: rules files are UTF-8 text", text[valid])}
}

// checkTree returns the first node that is nested too deep or has too many keys,
// and why it is refused.
func checkTree(node *yaml.Node, depth int) (*yaml.Node, string) {
	if depth > maxDepth {
		return node, fmt.Sprintf("the YAML is nested more than %d levels deep", maxDepth)
	}
	if node.Kind == yaml.MappingNode && len(node.Content) > 2*maxKeys {
		return node, fmt.Sprintf("a map with %d keys; at most %d are read", len(node.Content)/2, maxKeys)
	}
	for _, child := range node.Content {
		if found, refusal := checkTree(child, depth+1); refusal != "" {
			return found, refusal
		}
	}
	return nil, ""
}

package configuration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// An Error says what is wrong with a configuration file, in the order of the file.
type Error struct {
	Diagnostics []source.Diagnostic
}

// Error returns one line for each thing that is wrong.
func (e *Error) Error() string {
	lines := make([]string, len(e.Diagnostics))
	for i, d := range e.Diagnostics {
		lines[i] = d.Range.Start.String() + ": " + d.Message
		if d.Fix != "" {
			lines[i] += ": " + d.Fix
		}
	}
	return strings.Join(lines, "\n")
}

// ParseFile reads a configuration file. The error is an *Error with all that is wrong; a
// key that is not known is wrong, because what is under it would be lost silently.
func ParseFile(text []byte) (*File, error) {
	if len(text) > MaxFileSize {
		return nil, &Error{[]source.Diagnostic{{Code: unreadable, Range: source.Start.Characters(0),
			Message: fmt.Sprintf("the file has %d bytes, where at most %d are read", len(text), MaxFileSize)}}}
	}
	r := &reading{text: source.New(text), file: &File{Renames: map[string]string{}, Static: map[string]Static{}}}
	if root := r.document(text); root != nil {
		r.top(root)
	}
	if len(r.diagnostics) > 0 {
		slices.SortStableFunc(r.diagnostics, func(a, b source.Diagnostic) int { return a.Range.Start.Compare(b.Range.Start) })
		return nil, &Error{r.diagnostics}
	}
	return r.file, nil
}

// A reading goes through a file once, and takes down all that is wrong.
type reading struct {
	text        *source.Text
	file        *File
	diagnostics []source.Diagnostic
	// expanded counts nodes, so that aliases cannot make a small file a large one.
	expanded int
}

// The rules of package lint that a file may break as a whole.
const (
	unreadable = "CFG003"
	ignored    = "CFG002"
)

// maxNodes is far above what a sensible file has.
const maxNodes = 100_000

// wrong takes down what is wrong with a node, and which rule of package lint that breaks.
func (r *reading) wrong(code string, node *yaml.Node, fix, format string, args ...any) {
	at, length := source.Start, 0
	switch {
	case node == nil || node.Line == 0:
	case node.Kind == yaml.ScalarNode && !strings.Contains(node.Value, "\n"):
		at, length = placing{r.text}.begin(node), utf8.RuneCountInString(node.Value)
	default:
		at = r.text.Mark(node.Line, node.Column)
	}
	r.diagnostics = append(r.diagnostics, source.Diagnostic{Code: code, Range: at.Characters(length), Message: fmt.Sprintf(format, args...), Fix: fix})
}

// document returns the content of the only document, or nil where there is none.
func (r *reading) document(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if !errors.Is(err, io.EOF) {
			r.wrong(unreadable, nil, "", "the file is not valid YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		r.wrong(ignored, &second, "write everything in one document", "the file has a second YAML document")
	}
	root := first.Content[0]
	if isNull(root) {
		return nil
	}
	return root
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == "!!null"
}

// fields calls the reader of each key of a map. Keys that have none are wrong.
func (r *reading) fields(node *yaml.Node, what string, readers map[string]func(*yaml.Node)) {
	node = r.resolve(node)
	if node.Kind != yaml.MappingNode {
		r.wrong(unreadable, node, "", "%s must be a map with %s", what, strings.Join(sortedKeys(readers), ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		read, known := readers[key.Value]
		if line, twice := seen[key.Value]; twice {
			r.wrong(ignored, key, "remove one of them", "key %s stands in line %d already", quoted(key.Value), line)
			continue
		}
		seen[key.Value] = key.Line
		if !known {
			r.unknownKey(key, what, sortedKeys(readers))
			continue
		}
		if !isNull(value) {
			read(value)
		}
	}
}

// each calls a function for each entry of a list.
func (r *reading) each(what string, read func(node *yaml.Node, entry string)) func(*yaml.Node) {
	return func(node *yaml.Node) {
		node = r.resolve(node)
		if node.Kind != yaml.SequenceNode {
			r.wrong(unreadable, node, "begin each entry with -", "%s must be a list", what)
			return
		}
		for i, entry := range node.Content {
			read(entry, fmt.Sprintf("%s[%d]", what, i))
		}
	}
}

// resolve follows an alias, and gives an empty node where the file has become too large.
func (r *reading) resolve(node *yaml.Node) *yaml.Node {
	if r.expanded++; r.expanded == maxNodes {
		r.wrong(unreadable, node, "", "the file has more than %d values", maxNodes)
	}
	if r.expanded >= maxNodes {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: node.Line, Column: node.Column}
	}
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// word reads a scalar as it is written: 5 and yes are texts here.
func (r *reading) word(what string, into *string) func(*yaml.Node) {
	return func(node *yaml.Node) {
		node = r.resolve(node)
		if node.Kind != yaml.ScalarNode {
			r.wrong(unreadable, node, "", "%s must be a text", what)
			return
		}
		*into = node.Value
	}
}

func (r *reading) words(what string, into *[]string) func(*yaml.Node) {
	return r.each(what, func(node *yaml.Node, entry string) {
		var word string
		r.word(entry, &word)(node)
		*into = append(*into, word)
	})
}

package stackdriver

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// The bounds of what ParseConfig reads. The first is Kubernetes' own limit of a
// ConfigMap; the others are far above what a sensible file has.
const (
	// MaxConfigSize is the longest file that is looked at, in bytes.
	MaxConfigSize = 1 << 20
	// maxConfigElements bounds what may become a YAML node: commas, colons and
	// line breaks. A file of 1 MiB full of renames has less than 80,000.
	maxConfigElements = 200_000
	// maxExpandedSize bounds the file with every alias replaced by what it
	// stands for, in bytes of scalars and elements.
	maxExpandedSize = 4 << 20
)

// configDocument is the first YAML document of a file.
type configDocument struct {
	text   []byte
	root   *yaml.Node      // nil where the file is empty, or not YAML
	second source.Position // where an ignored second document begins
	lines  []string
	// dedented says that the first document ends because second is less indented.
	dedented bool
}

// readDocument parses the file without expanding aliases, and refuses what would
// be too much for a decoder that does.
func readDocument(text []byte) (*configDocument, error) {
	if err := checkBounds(text); err != nil {
		return nil, err
	}
	document := &configDocument{text: text, lines: strings.Split(string(text), "\n")}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return document, nil
	case err != nil && !document.firstAlone(&first):
		return nil, document.undecodable(err)
	}
	document.root = first.Content[0]
	if err := checkExpansion(document.root); err != nil {
		return nil, err
	}
	if document.second.Line > 0 {
		return document, nil
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		document.findEnd()
	case !isNull(second.Content[0]):
		document.second = placeOf(second.Content[0])
	}
	return document, nil
}

// firstAlone reads the first document for files that are broken after it. The
// sidecar's decoder doesn't notice; the one used here reads ahead for comments,
// and sometimes does.
func (d *configDocument) firstAlone(first *yaml.Node) bool {
	const mostEnds = 3 // one may begin the first document, and one may end it
	for i, end := range d.possibleEnds(0) {
		before := strings.Join(d.lines[:end], "\n") + "\n"
		if i < mostEnds && yaml.NewDecoder(strings.NewReader(before)).Decode(first) == nil {
			d.endBefore(end)
			return true
		}
	}
	return false
}

// possibleEnds returns the indexes of the lines, from one on, before which the
// first document may end: at a marker, or where a line is less indented than the
// first one.
func (d *configDocument) possibleEnds(from int) []int {
	var ends []int
	indent := -1 // of the first line with content
	for i, line := range d.lines {
		content := strings.TrimSpace(line)
		switch {
		case content == "" || content[0] == '#':
		case isMarker(line):
			if i >= max(from, 1) {
				ends = append(ends, i)
			}
		case indent < 0:
			indent = indentOf(line)
		case indentOf(line) < indent && i >= from:
			ends = append(ends, i)
		}
	}
	return ends
}

// findEnd notes where the first document ends when what follows is not a document.
func (d *configDocument) findEnd() {
	last := 0
	findNode(d.root, func(node, _ *yaml.Node, _ int) bool {
		last = max(last, node.Line)
		return false
	})
	d.second = source.Position{Line: min(last, len(d.lines)), Column: 1}
	if ends := d.possibleEnds(last); len(ends) > 0 {
		d.endBefore(ends[0])
	}
}

// endBefore notes that the first document ends before the line of that index.
func (d *configDocument) endBefore(index int) {
	line := d.lines[index]
	d.second, d.dedented = source.Position{Line: index + 1, Column: indentOf(line) + 1}, !isMarker(line)
}

// isMarker reports whether a line begins or ends a document.
func isMarker(line string) bool {
	return strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")
}

// indentOf returns the number of spaces and tabs before a line's text.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// checkBounds refuses texts that are too large to be looked at, or no text.
func checkBounds(text []byte) error {
	if len(text) > MaxConfigSize {
		return unreadable(source.Position{}, "the file has %d bytes; a ConfigMap holds at most %d", len(text), MaxConfigSize)
	}
	elements := bytes.Count(text, []byte{'\n'}) + bytes.Count(text, []byte{','}) + bytes.Count(text, []byte{':'})
	if elements > maxConfigElements {
		return unreadable(source.Position{}, "the file has %d lines, commas and colons; linkerd-gcm reads at most %d", elements, maxConfigElements)
	}
	line, column := 1, 1
	for rest := text; len(rest) > 0; {
		r, width := utf8.DecodeRune(rest)
		if r == utf8.RuneError && width == 1 {
			return unreadable(source.Position{Line: line, Column: column}, "byte 0x%02x is not valid UTF-8", rest[0])
		}
		rest = rest[width:]
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

// checkExpansion refuses documents whose aliases multiply into something large:
// YAML bombs.
func checkExpansion(root *yaml.Node) error {
	sizes := map[*yaml.Node]int{}
	open := map[*yaml.Node]bool{}
	var measure func(node *yaml.Node) (int, error)
	measure = func(node *yaml.Node) (int, error) {
		if size, known := sizes[node]; known {
			return size, nil
		}
		if open[node] {
			return 0, unreadable(placeOf(node), "anchor %q contains itself", shorten(node.Anchor))
		}
		open[node] = true
		defer delete(open, node)
		size := 1 + len(node.Value)
		parts := node.Content
		if node.Kind == yaml.AliasNode {
			parts = []*yaml.Node{node.Alias}
		}
		for _, part := range parts {
			partSize, err := measure(part)
			if err != nil {
				return 0, err
			}
			if size += partSize; size > maxExpandedSize {
				return 0, unreadable(placeOf(node), "with its aliases expanded, the file is larger than %d bytes", maxExpandedSize)
			}
		}
		sizes[node] = size
		return size, nil
	}
	_, err := measure(root)
	return err
}

// diagnostics reports what is outside the first document's entries.
func (d *configDocument) diagnostics() []ConfigDiagnostic {
	var diagnostics []ConfigDiagnostic
	if d.root == nil || isNull(d.root) {
		diagnostics = append(diagnostics, diagnose(EmptyConfig, source.Start.Characters(0), "",
			"the file is empty: nothing is renamed, no metric has a type"))
	}
	if d.second.Line > 0 {
		message := "the sidecar reads only the first YAML document; from here on everything is ignored"
		if d.dedented {
			message += ", because this line is less indented than the first"
		}
		diagnostics = append(diagnostics, diagnose(IgnoredDocument, d.second.Characters(0), "", "%s", message))
	}
	return diagnostics
}

func placeOf(node *yaml.Node) source.Position {
	return source.Position{Line: node.Line, Column: node.Column}
}

// rangeOf returns the range of a scalar that is written as it is read.
func rangeOf(node *yaml.Node) source.Range {
	return placeOf(node).Characters(utf8.RuneCountInString(node.Value))
}

// isNull reports whether a node is null, which the sidecar takes for "not given".
func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

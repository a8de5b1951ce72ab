package manifest

import (
	"bytes"

	yamlnode "go.yaml.in/yaml/v3"
)

// Alone returns the file's text with spaces for everything but one value, so that the value
// is all that a parser finds, on the lines and in the columns of the file; false where the
// document, counted from 0, has no map at that JSON pointer.
func (f File) Alone(document int, pointer string) ([]byte, bool) {
	start, end, found := f.Documents[document].extent(pointer)
	if !found {
		return nil, false
	}
	var text []byte
	for i, d := range f.Documents[:document+1] {
		from, to := len(d.Text), len(d.Text)
		if i == document {
			from, to = start, end
		}
		text = append(text, blank(d.Text[:from])...)
		text = append(text, d.Text[from:to]...)
	}
	return text, true
}

// extent returns where a map is in the document's text.
func (d Document) extent(pointer string) (start, end int, found bool) {
	if d.IsJSON() {
		at, exact := d.pathOf(pointer)
		return at.start, at.end, exact && d.Text[at.start] == '{'
	}
	var root yamlnode.Node
	if err := yamlnode.Unmarshal(d.parsed, &root); err != nil || len(root.Content) == 0 {
		return 0, 0, false
	}
	value := find(root.Content[0], pointer)
	if value == nil || value.Kind != yamlnode.MappingNode {
		return 0, 0, false
	}
	all := lines(d.Text)
	start, end = offset(all, value.Line, value.Column), len(d.Text)
	if _, next := neighbours(flatten(&root), value); next != nil {
		end = offset(all, next.Line, next.Column)
		if next.Line > value.Line {
			end = offset(all, next.Line, 1)
		}
	}
	return start, end, end > start
}

// blank returns a text with a space for each character but line breaks.
func blank(text []byte) []byte {
	return bytes.Map(func(c rune) rune {
		switch c {
		case '\n', '\r', '\u0085', '\u2028', '\u2029':
			return c
		case '\ufeff':
			return -1
		default:
			return ' '
		}
	}, text)
}

package manifest

import (
	"strings"

	yamlnode "go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Places finds where the values of a file's objects are in the file.
type Places struct {
	file      File
	text      *source.Text
	documents map[int]*documentPlaces
}

// Places returns the places of the file. Each document is read when it is first needed.
func (f File) Places() *Places {
	return &Places{f, source.New(f.Text()), map[int]*documentPlaces{}}
}

// Line returns a line of the file, without its line break.
func (p *Places) Line(line int) string { return p.text.Line(line) }

// At returns where a part of a value is in the file. The value is at a JSON pointer in a
// document, counted from 0; in is a part of the value's text, or the zero Range for all of
// it. Where the document has no such value, exact is false, and the range is that of the
// nearest value around it. Ranges end in the line where they start.
func (p *Places) At(document int, pointer string, in source.Range) (at source.Range, exact bool) {
	v := p.value(document, pointer)
	return v.at(p.text, in), v.exact
}

// Text returns the text at a JSON pointer in a document; false where there is no text.
func (p *Places) Text(document int, pointer string) (text string, exact bool) {
	v := p.value(document, pointer)
	if v.content == nil || !v.exact {
		return "", false
	}
	return string(v.content.Bytes()), true
}

// KeyAt returns where the key of a value is in its map, or the same as At where the value
// has no key.
func (p *Places) KeyAt(document int, pointer string) (at source.Range, exact bool) {
	v := *p.value(document, pointer)
	if v.keyEnd > v.keyStart {
		v.start, v.end = v.keyStart, v.keyEnd
	}
	return v.at(p.text, source.Range{}), v.exact
}

func (p *Places) value(document int, pointer string) *value {
	d, known := p.documents[document]
	if !known {
		d = p.open(document)
		p.documents[document] = d
	}
	v, known := d.values[pointer]
	if !known {
		v = d.find(pointer)
		d.values[pointer] = v
	}
	return v
}

func (p *Places) open(document int) *documentPlaces {
	offset := 0
	for _, before := range p.file.Documents[:document] {
		offset += len(before.Text)
	}
	d := &documentPlaces{text: p.text, offset: offset, document: p.file.Documents[document], values: map[string]*value{}}
	var root yamlnode.Node
	if err := yamlnode.Unmarshal(d.document.parsed, &root); err == nil && len(root.Content) > 0 {
		d.root = root.Content[0]
		d.own = source.New(d.document.Text)
	}
	return d
}

// documentPlaces are the places of one document.
type documentPlaces struct {
	text     *source.Text
	document Document
	offset   int // of the document in the file
	own      *source.Text
	root     *yamlnode.Node // nil in JSON
	values   map[string]*value
}

// value is where a value is in the file or, where it does not exist, the nearest value.
type value struct {
	exact      bool
	start, end int // in the file
	// keyStart and keyEnd are where its key is in the file; they are equal where it has none.
	keyStart, keyEnd int
	// scalar turns offsets in the content of a text into offsets in its document.
	scalar  source.Scalar
	content *source.Text
	offset  int // of the document in the file
}

// at returns the range of a part of the value.
func (v *value) at(file *source.Text, in source.Range) source.Range {
	start, end := v.start, v.end
	if v.content != nil && v.exact && in.Start.Line > 0 {
		from, to := v.content.OffsetOf(in.Start), v.content.OffsetOf(in.End)
		start, end = v.offset+v.scalar.Offset(from), v.offset+v.scalar.Offset(to)
		if in.Start == in.End || !v.scalar.Exact() {
			end = start
		}
	}
	first, last := file.Position(start), file.Position(end)
	if last.Line > first.Line { // up to the end of the first line
		return first.Characters(max(0, len([]rune(strings.TrimRight(file.Line(first.Line), " \t")))+1-first.Column))
	}
	return source.Range{Start: first, End: last}
}

func (d *documentPlaces) find(pointer string) *value {
	if d.root == nil {
		return d.findJSON(pointer)
	}
	at := yamlPath{value: d.root}
	exact := true
	for _, token := range jsonpointer.Tokens(pointer) {
		next := at.child(token)
		if next.value == nil {
			exact = false
			break
		}
		at = next
	}
	v := &value{exact: exact, offset: d.offset}
	if at.key != nil {
		v.keyStart = d.offset + d.own.Offset(at.key.Line, at.key.Column)
		v.keyEnd = v.keyStart + len(at.key.Value)
	}
	if at.value.Kind == yamlnode.ScalarNode && exact {
		v.scalar = d.own.Scalar(at.value.Line, at.value.Column, at.value.Value)
		v.content = source.New([]byte(at.value.Value))
		v.start = d.offset + v.scalar.Offset(0)
		v.end = v.start
		if v.scalar.Exact() {
			v.end = d.offset + v.scalar.Offset(len(at.value.Value))
		}
		return v
	}
	v.start = d.offset + d.own.Offset(at.value.Line, at.value.Column)
	v.end = v.start
	if at.key != nil {
		v.start, v.end = v.keyStart, v.keyEnd
	}
	return v
}

// yamlPath is a node and, in a map, its key.
type yamlPath struct{ key, value *yamlnode.Node }

// child returns the value at a token of a JSON pointer, also through an alias or a merge
// key. Its value is nil where there is none.
func (p yamlPath) child(token string) yamlPath {
	node := p.value
	if node.Kind == yamlnode.AliasNode {
		node = node.Alias
	}
	if node.Kind != yamlnode.MappingNode {
		return yamlPath{value: child(node, token)}
	}
	for i := len(node.Content) - 2; i >= 0; i -= 2 {
		if node.Content[i].Value == token {
			return yamlPath{node.Content[i], node.Content[i+1]}
		}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].ShortTag() != "!!merge" {
			continue
		}
		merged := node.Content[i+1]
		sources := []*yamlnode.Node{merged}
		if merged.Kind == yamlnode.SequenceNode {
			sources = merged.Content
		}
		for _, source := range sources {
			if found := (yamlPath{value: source}).child(token); found.value != nil {
				return found
			}
		}
	}
	return yamlPath{}
}

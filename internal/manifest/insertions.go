package manifest

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
)

// insertion is a value to be added to a YAML text.
type insertion struct {
	text  []byte
	lines [][]byte
	// newline is the line break of the text.
	newline []byte
	// nodes are all nodes of the text, in its order.
	nodes []*yamlnode.Node
	// parent is the mapping or sequence that gets the value; a mapping gets it under the key.
	parent *yamlnode.Node
	key    string
	// value is JSON.
	value []byte
}

// insertions returns candidates for a text with a value added at a JSON pointer, the most
// likely one first. Nodes say where they start, but not where they end, so the caller has
// to parse each candidate to know whether it is right. There are none where an alias or a
// merge key leads to the parent.
func insertions(text []byte, pointer string, value []byte) iter.Seq[[]byte] {
	none := func(func([]byte) bool) {}
	var document yamlnode.Node
	if err := yamlnode.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return none
	}
	tokens := jsonpointer.Tokens(pointer)
	parent := find(document.Content[0], pointer[:strings.LastIndexByte(pointer, '/')])
	if parent == nil || len(parent.Content) == 0 {
		return none
	}
	i := insertion{
		text:   text,
		lines:  lines(text),
		nodes:  flatten(&document),
		parent: parent,
		key:    tokens[len(tokens)-1],
		value:  value,
	}
	i.newline = lineBreak(i.lines[0])
	switch old := child(parent, i.key); {
	case old != nil:
		return i.insteadOf(old)
	case isFlow(parent):
		return i.beforeBrackets()
	default:
		return i.afterLines()
	}
}

func (i insertion) offset(node *yamlnode.Node) int {
	return offset(i.lines, node.Line, node.Column)
}

// replaced returns the text with a part of it replaced.
func (i insertion) replaced(start, end int, with []byte) []byte {
	return slices.Concat(i.text[:start], with, i.text[end:])
}

// afterLines adds to a block: after its last line with content or, since a line that looks
// like a comment may belong to a literal text, right before the next node.
func (i insertion) afterLines() iter.Seq[[]byte] {
	last, next := neighbours(i.nodes, i.parent)
	end := len(i.lines)
	if next != nil {
		end = next.Line - 1
	} else if isMarker(i.lines[end-1], terminator) {
		end--
	}
	content := end
	for content > last.Line && hasNoContent(i.lines[content-1]) {
		content--
	}
	return func(yield func([]byte) bool) {
		block := i.block()
		_ = yield(i.withLines(content, block)) && yield(i.withLines(end, block))
	}
}

// withLines returns the text with a block after a number of its lines.
func (i insertion) withLines(count int, block []byte) []byte {
	at := offset(i.lines, count+1, 1)
	if !bytes.HasSuffix(i.text[:at], i.newline) {
		block = slices.Concat(i.newline, bytes.TrimSuffix(block, i.newline))
	}
	return i.replaced(at, at, block)
}

// beforeBrackets adds to a list or map in brackets: before each bracket that may be its
// end.
func (i insertion) beforeBrackets() iter.Seq[[]byte] {
	last, _ := neighbours(i.nodes, i.parent)
	entry := slices.Concat([]byte(", "), i.inlineEntry())
	return func(yield func([]byte) bool) {
		for end := range closings(i.text, i.offset(last), i.parent) {
			at := len(bytes.TrimRight(i.text[:end], " \t\r\n"))
			if !yield(i.replaced(at, at, entry)) {
				return
			}
		}
	}
}

// insteadOf replaces a value, such as null, an empty list or an old record.
func (i insertion) insteadOf(old *yamlnode.Node) iter.Seq[[]byte] {
	start := i.offset(old)
	colon := len(bytes.TrimRight(i.text[:start], " \t"))
	with := i.afterColon()
	return func(yield func([]byte) bool) {
		if !yield(i.replaced(colon, start+len(old.Value), with)) {
			return
		}
		for end := range closings(i.text, start+1, old) {
			if !yield(i.replaced(colon, end+1, with)) {
				return
			}
		}
	}
}

// closings returns where a node may end: at the brackets or quotes of its kind.
func closings(text []byte, from int, node *yamlnode.Node) iter.Seq[int] {
	var closing byte
	switch {
	case node.Kind == yamlnode.MappingNode:
		closing = '}'
	case node.Kind == yamlnode.SequenceNode:
		closing = ']'
	case node.Style&yamlnode.DoubleQuotedStyle != 0:
		closing = '"'
	case node.Style&yamlnode.SingleQuotedStyle != 0:
		closing = '\''
	}
	return func(yield func(int) bool) {
		for at := from; at < len(text) && closing != 0; at++ {
			if text[at] == closing && !yield(at) {
				return
			}
		}
	}
}

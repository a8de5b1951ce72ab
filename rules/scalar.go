package rules

import (
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// A segment says that the value's bytes from value on stand in the text from
// raw on, one for one, up to the next segment.
type segment struct {
	value, raw int
}

// scalarMap leads from byte offsets in the value of a YAML scalar to byte
// offsets in the text that it was read from. With fixed set, every offset
// leads to the start of the scalar.
type scalarMap struct {
	segments []segment
	fixed    bool
}

// raw returns the text's offset for an offset in the value.
func (m scalarMap) raw(value int) int {
	i := sort.Search(len(m.segments), func(i int) bool { return m.segments[i].value > value }) - 1
	switch {
	case len(m.segments) == 0:
		return 0
	case i < 0 || m.fixed:
		return m.segments[0].raw
	}
	return m.segments[i].raw + value - m.segments[i].value
}

// mapScalar reads the scalar at node a second time and notes where each piece
// of its value stands. The reading is checked against the node's own value;
// should they differ, every offset leads to the start of the scalar rather
// than to a wrong place.
func mapScalar(s *source, node *yaml.Node) scalarMap {
	start := s.skipProperties(s.offset(node.Line, node.Column))
	reader := scalarReader{text: s.text, at: start, value: node.Value}
	if node.Kind == yaml.ScalarNode && reader.read(node.Style) && len(reader.segments) > 0 {
		return scalarMap{segments: reader.segments}
	}
	return scalarMap{segments: []segment{{0, start}}, fixed: true}
}

// skipProperties returns the offset past a node's anchor and tag.
func (s *source) skipProperties(at int) int {
	for at < len(s.text) {
		switch c := s.text[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
		case c == '#':
			for at < len(s.text) && yamlBreak(s.text[at:]) == 0 {
				at++
			}
		case c == '&' || c == '!':
			for at < len(s.text) && !strings.ContainsRune(" \t\r\n", rune(s.text[at])) {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// scalarReader walks the text of a scalar and its value side by side.
type scalarReader struct {
	text     []byte
	at       int // next byte of the text
	value    string
	done     int // bytes of value accounted for
	segments []segment
}

func (r *scalarReader) read(style yaml.Style) bool {
	switch {
	case r.at >= len(r.text):
		return r.value == ""
	case style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return r.readBlock()
	case style&yaml.DoubleQuotedStyle != 0, style&yaml.SingleQuotedStyle != 0:
		quote := r.text[r.at]
		r.at++
		return r.readFlow(quote)
	default:
		return r.readFlow(0)
	}
}

// copy accounts for n bytes of the text that stand for themselves.
func (r *scalarReader) copy(n int) bool {
	if n == 0 {
		return true
	}
	if !strings.HasPrefix(r.value[r.done:], string(r.text[r.at:r.at+n])) {
		return false
	}
	r.put(n)
	r.at += n
	return true
}

// put notes that the next n bytes of the value come from the current place. A
// piece that goes on where the one before ended needs no segment of its own.
func (r *scalarReader) put(n int) {
	last := len(r.segments) - 1
	if last < 0 || r.segments[last].raw+r.done-r.segments[last].value != r.at {
		r.segments = append(r.segments, segment{r.done, r.at})
	}
	r.done += n
}

// expect accounts for a piece of the value that the text spells differently,
// such as a folded line break or an escape.
func (r *scalarReader) expect(want string) bool {
	if !strings.HasPrefix(r.value[r.done:], want) {
		return false
	}
	for range len(want) {
		r.segments = append(r.segments, segment{r.done, r.at})
		r.done++
	}
	return true
}

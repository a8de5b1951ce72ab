package source

import (
	"sort"
	"strings"
)

// A segment says that the value's bytes from value on stand in the text from
// raw on, one for one, up to the next segment.
type segment struct {
	value, raw int
}

// Scalar leads from byte offsets in the value of a YAML scalar to byte offsets
// in the text that it was read from.
type Scalar struct {
	segments []segment
	// fixed is set where every offset leads to the start of the scalar.
	fixed bool
}

// Offset returns the text's offset for an offset in the value.
func (s Scalar) Offset(value int) int {
	i := sort.Search(len(s.segments), func(i int) bool { return s.segments[i].value > value }) - 1
	switch {
	case len(s.segments) == 0:
		return 0
	case i < 0 || s.fixed:
		return s.segments[0].raw
	}
	return s.segments[i].raw + value - s.segments[i].value
}

// Exact reports whether each character of the value has a place of its own.
func (s Scalar) Exact() bool { return !s.fixed && len(s.segments) > 0 }

// Scalar reads the scalar at a mark of the YAML parser a second time and notes
// where each piece of its value stands. The reading is checked against the value
// that the parser returned; should they differ, as they do at an alias, every
// offset leads to the start of the scalar rather than to a wrong place.
func (t *Text) Scalar(line, column int, value string) Scalar {
	start := t.skipProperties(t.Offset(line, column))
	r := reader{text: t.text, at: start, value: value}
	if r.read() && len(r.segments) > 0 {
		return Scalar{segments: r.segments}
	}
	return Scalar{segments: []segment{{0, start}}, fixed: true}
}

// skipProperties returns the offset past a node's anchor and tag.
func (t *Text) skipProperties(at int) int {
	for at < len(t.text) {
		switch c := t.text[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
		case c == '#':
			for at < len(t.text) && yamlBreak(t.text[at:]) == 0 {
				at++
			}
		case c == '&' || c == '!':
			for at < len(t.text) && !strings.ContainsRune(" \t\r\n", rune(t.text[at])) {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// reader walks the text of a scalar and its value side by side.
type reader struct {
	text     []byte
	at       int // next byte of the text
	value    string
	done     int // bytes of value accounted for
	segments []segment
}

// read reads a scalar of the style that its first character shows: none of these
// can begin a plain one.
func (r *reader) read() bool {
	if r.at >= len(r.text) {
		return r.value == ""
	}
	switch first := r.text[r.at]; first {
	case '*':
		return false
	case '|', '>':
		return r.readBlock()
	case '"', '\'':
		r.at++
		return r.readFlow(first)
	default:
		return r.readFlow(0)
	}
}

// copy accounts for n bytes of the text that stand for themselves.
func (r *reader) copy(n int) bool {
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
func (r *reader) put(n int) {
	last := len(r.segments) - 1
	if last < 0 || r.segments[last].raw+r.done-r.segments[last].value != r.at {
		r.segments = append(r.segments, segment{r.done, r.at})
	}
	r.done += n
}

// expect accounts for a piece of the value that the text spells differently,
// such as a folded line break or an escape.
func (r *reader) expect(want string) bool {
	if !strings.HasPrefix(r.value[r.done:], want) {
		return false
	}
	for range len(want) {
		r.segments = append(r.segments, segment{r.done, r.at})
		r.done++
	}
	return true
}

// Package source says where in a YAML or JSON text something is: what the YAML parser
// marks, and each character of a scalar's value, however the scalar is written. It also
// has the types for that, Position and Range, and for what is wrong there, Diagnostic. It
// does not parse YAML, and it knows nothing of what the texts mean.
package source

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// runeStride is how many bytes lie between two remembered counts of characters. It
// bounds the work of one look-up, so that a file written on a single line of a
// megabyte costs no more than one of many lines.
const runeStride = 256

// Text is a text with what is needed to turn a mark of the YAML parser into a
// byte offset, and a byte offset into a Position.
type Text struct {
	text      []byte
	begin     int    // offset of the first character, past a byte order mark
	lines     []int  // offsets at which lines start, as editors count them
	yamlLines []int  // the same as YAML counts them: NEL, LS, PS and a lone CR break a line too
	runes     []int  // runes[i]: characters before offset i*runeStride
	shared    string // the text for Line, once somebody has asked
}

// New reads where the lines of a text start.
func New(text []byte) *Text {
	t := &Text{text: text}
	if len(text) >= 3 && string(text[:3]) == "\ufeff" {
		t.begin = 3
	}
	lines := bytes.Count(text, []byte{'\n'}) + 1
	t.lines, t.yamlLines = append(make([]int, 0, lines), t.begin), append(make([]int, 0, lines), t.begin)
	t.runes = make([]int, 0, len(text)/runeStride+1)
	count := 0
	for i := 0; i < len(text); {
		for len(t.runes)*runeStride <= i {
			t.runes = append(t.runes, count)
		}
		count++
		c := text[i]
		if c >= ' ' && c < utf8.RuneSelf { // most characters, none of which breaks a line
			i++
			continue
		}
		width := 1
		if c >= utf8.RuneSelf {
			_, width = utf8.DecodeRune(text[i:])
		}
		if c == '\n' {
			t.lines = append(t.lines, i+1)
		}
		inBreak := i > 0 && c == '\n' && text[i-1] == '\r'
		if n := yamlBreak(text[i:]); n > 0 && !inBreak {
			t.yamlLines = append(t.yamlLines, i+n)
		}
		i += width
	}
	return t
}

// Bytes returns the text.
func (t *Text) Bytes() []byte { return t.text }

// Lines returns how many lines the text has, as editors count them.
func (t *Text) Lines() int { return len(t.lines) }

// Line returns a line as editors count them, without its break, or "" where the
// text has no such line. Lines share memory: there may be many calls for a long one.
func (t *Text) Line(line int) string {
	if line < 1 || line > len(t.lines) {
		return ""
	}
	if t.shared == "" {
		t.shared = string(t.text)
	}
	end := len(t.text)
	if line < len(t.lines) {
		end = t.lines[line] - 1
	}
	return strings.TrimSuffix(t.shared[t.lines[line-1]:end], "\r")
}

// MarkedLine returns a line as the YAML parser counts them, without its break,
// and the byte offset at which it starts; false where the text has no such line.
func (t *Text) MarkedLine(line int) (text string, offset int, ok bool) {
	if line < 1 || line > len(t.yamlLines) {
		return "", 0, false
	}
	start := t.yamlLines[line-1]
	return string(t.text[start : start+lineLength(t.text[start:])]), start, true
}

// yamlBreak returns the length of the YAML line break that text begins with,
// or 0: see is_break in go-yaml's yamlprivateh.go.
func yamlBreak(text []byte) int {
	switch {
	case len(text) == 0:
		return 0
	case text[0] == '\n':
		return 1
	case text[0] == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case len(text) > 1 && text[0] == 0xC2 && text[1] == 0x85:
		return 2
	case len(text) > 2 && text[0] == 0xE2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9):
		return 3
	}
	return 0
}

// characters returns how many characters stand before the offset.
func (t *Text) characters(offset int) int {
	if len(t.runes) == 0 {
		return 0
	}
	i := min(offset/runeStride, len(t.runes)-1)
	start := t.strideStart(i)
	return t.runes[i] + utf8.RuneCount(t.text[min(start, offset):offset])
}

// strideStart returns the offset of the first character that starts at or
// after i*runeStride, which is where runes[i] counts up to.
func (t *Text) strideStart(i int) int {
	offset := i * runeStride
	for offset < len(t.text) && !utf8.RuneStart(t.text[offset]) {
		offset++
	}
	return offset
}

// Offset returns the byte offset of a mark of the YAML parser, whose line and
// column count from 1; marks outside the text are moved to its nearest end.
func (t *Text) Offset(line, column int) int { return t.offset(t.yamlLines, line, column) }

// OffsetOf returns the byte offset of a Position; one outside the text is moved to
// its nearest end.
func (t *Text) OffsetOf(p Position) int { return t.offset(t.lines, p.Line, p.Column) }

func (t *Text) offset(lines []int, line, column int) int {
	if line < 1 {
		return t.begin
	}
	if line > len(lines) {
		return len(t.text)
	}
	start := lines[line-1]
	want := t.characters(start) + column - 1
	stride := sort.Search(len(t.runes), func(i int) bool { return t.runes[i] > want }) - 1
	if stride < 0 {
		return start
	}
	offset := t.strideStart(stride)
	for count := t.runes[stride]; count < want && offset < len(t.text); count++ {
		_, width := utf8.DecodeRune(t.text[offset:])
		offset += width
	}
	return max(offset, start)
}

// Position returns the Position of a byte offset.
func (t *Text) Position(offset int) Position {
	offset = max(t.begin, min(offset, len(t.text)))
	line := sort.SearchInts(t.lines, offset+1)
	start := t.lines[line-1]
	return Position{Line: line, Column: t.characters(offset) - t.characters(start) + 1}
}

// Mark returns the Position of a mark of the YAML parser. A mark without a
// line leads to the zero Position.
func (t *Text) Mark(line, column int) Position {
	if line < 1 {
		return Position{}
	}
	return t.Position(t.Offset(line, column))
}

package rules

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// A Position is a place in the text of a rules file. Lines and columns count
// from 1; a column counts characters, not bytes, and a tab is one character.
// The zero Position means that the place is not known.
type Position struct {
	Line, Column int
}

// String writes the position as line:column.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Before reports whether p stands before other in the text.
func (p Position) Before(other Position) bool {
	return p.Line < other.Line || p.Line == other.Line && p.Column < other.Column
}

// runeStride is how many bytes lie between two remembered character counts. It
// bounds the work of one look-up, so that a file written on a single line of a
// megabyte costs no more than one of many lines.
const runeStride = 256

// source is the text of a rules file with what is needed to turn a mark of the
// YAML parser into a byte offset, and a byte offset into a Position.
type source struct {
	text      []byte
	begin     int   // offset of the first character, past a byte order mark
	lines     []int // offsets at which lines start, as editors count them
	yamlLines []int // the same as YAML counts them: NEL, LS, PS and a lone CR break a line too
	runes     []int // runes[i]: characters before offset i*runeStride
}

func newSource(text []byte) *source {
	s := &source{text: text}
	if len(text) >= 3 && string(text[:3]) == "\ufeff" {
		s.begin = 3
	}
	s.lines, s.yamlLines = []int{s.begin}, []int{s.begin}
	count := 0
	for i := 0; i < len(text); {
		for len(s.runes)*runeStride <= i {
			s.runes = append(s.runes, count)
		}
		width := 1
		if text[i] >= utf8.RuneSelf {
			_, width = utf8.DecodeRune(text[i:])
		}
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
		inBreak := i > 0 && text[i] == '\n' && text[i-1] == '\r'
		if n := yamlBreak(text[i:]); n > 0 && !inBreak {
			s.yamlLines = append(s.yamlLines, i+n)
		}
		count++
		i += width
	}
	return s
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
func (s *source) characters(offset int) int {
	if len(s.runes) == 0 {
		return 0
	}
	i := min(offset/runeStride, len(s.runes)-1)
	start := s.strideStart(i)
	return s.runes[i] + utf8.RuneCount(s.text[min(start, offset):offset])
}

// strideStart returns the offset of the first character that starts at or
// after i*runeStride, which is where runes[i] counts up to.
func (s *source) strideStart(i int) int {
	offset := i * runeStride
	for offset < len(s.text) && !utf8.RuneStart(s.text[offset]) {
		offset++
	}
	return offset
}

// offset returns the byte offset of a mark of the YAML parser, whose line and
// column count from 1; marks outside the text are moved to its nearest end.
func (s *source) offset(line, column int) int {
	if line < 1 {
		return s.begin
	}
	if line > len(s.yamlLines) {
		return len(s.text)
	}
	start := s.yamlLines[line-1]
	want := s.characters(start) + column - 1
	stride := sort.Search(len(s.runes), func(i int) bool { return s.runes[i] > want }) - 1
	if stride < 0 {
		return start
	}
	offset := s.strideStart(stride)
	for count := s.runes[stride]; count < want && offset < len(s.text); count++ {
		_, width := utf8.DecodeRune(s.text[offset:])
		offset += width
	}
	return max(offset, start)
}

// position returns the Position of a byte offset.
func (s *source) position(offset int) Position {
	offset = max(s.begin, min(offset, len(s.text)))
	line := sort.SearchInts(s.lines, offset+1)
	start := s.lines[line-1]
	return Position{Line: line, Column: s.characters(offset) - s.characters(start) + 1}
}

// mark returns the Position of a mark of the YAML parser. A mark without a
// line is no position.
func (s *source) mark(line, column int) Position {
	if line < 1 {
		return Position{}
	}
	return s.position(s.offset(line, column))
}

package rules

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

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

// readFlow reads a plain (quote 0) or quoted scalar, whose line breaks fold
// to a space, or to one line feed fewer than there are breaks.
func (r *scalarReader) readFlow(quote byte) bool {
	if !strings.Contains(r.value, `\`) && r.copy(min(len(r.value), len(r.text)-r.at)) && r.done == len(r.value) {
		return true // all on one line, and nothing escaped: the common case
	}
	for r.done < len(r.value) {
		if r.at >= len(r.text) {
			return false
		}
		c := r.text[r.at]
		if c == ' ' || c == '\t' || yamlBreak(r.text[r.at:]) > 0 {
			if !r.readSpace() {
				return false
			}
			continue
		}
		if quote == '"' && c == '\\' {
			if !r.readEscape() {
				return false
			}
			continue
		}
		if quote == '\'' && c == '\'' {
			if !r.expect("'") {
				return false
			}
			r.at += 2
			continue
		}
		_, width := utf8.DecodeRune(r.text[r.at:])
		if !r.copy(width) {
			return false
		}
	}
	return true
}

// readSpace reads a run of blanks and line breaks inside a flow scalar.
func (r *scalarReader) readSpace() bool {
	end, breaks := r.at, 0
	for end < len(r.text) {
		if n := yamlBreak(r.text[end:]); n > 0 {
			breaks++
			end += n
			continue
		}
		if r.text[end] != ' ' && r.text[end] != '\t' {
			break
		}
		end++
	}
	if breaks == 0 {
		return r.copy(end - r.at)
	}
	folded := " "
	if breaks > 1 {
		folded = strings.Repeat("\n", breaks-1)
	}
	ok := r.expect(folded)
	r.at = end
	return ok
}

// readEscape reads a backslash escape of a double-quoted scalar. How many bytes
// of the value it stands for follows from decoding the same escape alone.
func (r *scalarReader) readEscape() bool {
	rest := r.text[r.at:]
	if len(rest) < 2 {
		return false
	}
	if n := yamlBreak(rest[1:]); n > 0 { // an escaped line break joins the lines
		r.at += 1 + n
		r.at += len(r.text[r.at:]) - len(bytes.TrimLeft(r.text[r.at:], " \t\r\n"))
		return true
	}
	length := 2
	switch rest[1] {
	case 'x':
		length = 4
	case 'u':
		length = 6
	case 'U':
		length = 10
	}
	if len(rest) < length {
		return false
	}
	var decoded string
	if err := yaml.Unmarshal([]byte(`"`+string(rest[:length])+`"`), &decoded); err != nil {
		return false
	}
	ok := r.expect(decoded)
	r.at += length
	return ok
}

// readBlock reads a literal or folded scalar. Whatever the breaks between two
// lines fold to, a line's own characters stand for themselves, so the value
// is followed from line to line: see yaml_parser_scan_block_scalar in go-yaml's
// scannerc.go.
func (r *scalarReader) readBlock() bool {
	r.nextLine() // the header: "|" or ">", indicators, a comment
	indent := -1
	for {
		if strings.Trim(r.value[r.done:], "\n") == "" {
			return true // what is left are the breaks behind the last line
		}
		if r.at >= len(r.text) {
			return false
		}
		line := r.text[r.at:]
		line = line[:lineLength(line)]
		if len(bytes.TrimLeft(line, " ")) == 0 && (indent < 0 || len(line) <= indent) {
			r.nextLine()
			continue
		}
		breaks := len(r.value[r.done:]) - len(strings.TrimLeft(r.value[r.done:], "\n"))
		if !r.expectBreaks(breaks) {
			return false
		}
		if indent < 0 {
			indent = leadingSpaces(string(line)) - leadingSpaces(r.value[r.done:])
		}
		if indent < 0 || indent > len(line) {
			return false
		}
		r.at += indent
		if !r.copy(len(line) - indent) {
			return false
		}
		if strings.HasPrefix(r.value[r.done:], " ") && !r.expect(" ") { // a folded break
			return false
		}
		r.nextLine()
	}
}

// expectBreaks accounts for line feeds of the value that stand before the
// current line.
func (r *scalarReader) expectBreaks(n int) bool {
	return n == 0 || r.expect(strings.Repeat("\n", n))
}

// nextLine moves to the start of the line after the current one.
func (r *scalarReader) nextLine() {
	r.at += lineLength(r.text[r.at:])
	r.at += yamlBreak(r.text[r.at:])
}

// lineLength returns how many bytes stand before the next line break.
func lineLength(text []byte) int {
	for i := range text {
		if yamlBreak(text[i:]) > 0 {
			return i
		}
	}
	return len(text)
}

func leadingSpaces(line string) int {
	return len(line) - len(strings.TrimLeft(line, " "))
}

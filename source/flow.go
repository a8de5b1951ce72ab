package source

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// readFlow reads a plain (quote 0) or quoted scalar, whose line breaks fold
// to a space, or to one line feed fewer than there are breaks.
func (r *reader) readFlow(quote byte) bool {
	if !strings.Contains(r.value, `\`) && r.copy(min(len(r.value), len(r.text)-r.at)) && r.done == len(r.value) {
		return true // all on one line, and nothing escaped: the common case
	}
	for r.done < len(r.value) {
		if r.at >= len(r.text) || !r.readFlowPiece(quote) {
			return false
		}
	}
	return true
}

// readFlowPiece reads the next character, escape or run of space.
func (r *reader) readFlowPiece(quote byte) bool {
	c := r.text[r.at]
	switch {
	case c == ' ' || c == '\t' || yamlBreak(r.text[r.at:]) > 0:
		return r.readSpace()
	case quote == '"' && c == '\\':
		return r.readEscape()
	case quote == '\'' && c == '\'':
		ok := r.expect("'")
		r.at += 2
		return ok
	}
	_, width := utf8.DecodeRune(r.text[r.at:])
	return r.copy(width)
}

// readSpace reads a run of spaces, tabs and line breaks inside a flow scalar.
func (r *reader) readSpace() bool {
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
func (r *reader) readEscape() bool {
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

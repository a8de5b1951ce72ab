// Package excerpt makes text from outside fit for messages: short enough to read,
// and on one line. It does not wrap or align; printers do.
package excerpt

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ellipsis stands for what was cut off.
const Ellipsis = "…"

// Characters cuts a text that has more than the given number of characters, and
// adds an ellipsis to what is left.
func Characters(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + Ellipsis
}

// Bytes cuts a text that has more than the given number of bytes, between two
// characters, so that it has no more with an ellipsis at its end. The number is at
// least the length of the ellipsis.
func Bytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len(Ellipsis)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + Ellipsis
}

// Printable reports whether a text is valid UTF-8 without control characters.
func Printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Escape writes what would leave its line, or do anything else to a terminal, as an
// escape of Go's strings.
func Escape(text string) string {
	if Printable(text) {
		return text
	}
	var line strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		piece := text[:size]
		if text = text[size:]; unicode.IsControl(r) || r == utf8.RuneError && size == 1 {
			piece = strings.Trim(strconv.Quote(piece), `"`)
		}
		line.WriteString(piece)
	}
	return line.String()
}

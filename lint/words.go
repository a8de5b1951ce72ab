package lint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown is a text as messages repeat it: on one line, and not at any length.
func shown(text string) string {
	const longest = 80
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		text = strconv.Quote(text)
	}
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// oneLine writes what would leave its line, or do anything else to a terminal, as
// an escape.
func oneLine(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) {
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

// several names the first of some things.
func several(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

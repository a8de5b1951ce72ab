package manifest

import (
	"bytes"
	"unicode/utf8"
)

const (
	separator  = "---"
	terminator = "..."
)

// breaks are the line breaks of YAML 1.1, the longest first.
var breaks = [][]byte{[]byte("\r\n"), []byte("\n"), []byte("\r"), []byte("\u0085"), []byte("\u2028"), []byte("\u2029")}

// lines returns the lines of a text, each with its line break.
func lines(text []byte) [][]byte {
	var all [][]byte
	for len(text) > 0 {
		end := lineEnd(text)
		all = append(all, text[:end])
		text = text[end:]
	}
	return all
}

func lineEnd(text []byte) int {
	for i := range text {
		if n := len(breakAt(text[i:])); n > 0 {
			return i + n
		}
	}
	return len(text)
}

func breakAt(text []byte) []byte {
	switch text[0] {
	case '\r', '\n', 0xc2, 0xe2:
	default:
		return nil
	}
	for _, b := range breaks {
		if bytes.HasPrefix(text, b) {
			return b
		}
	}
	return nil
}

// lineBreak returns the line break at the end of a line, "\n" where there is none.
func lineBreak(line []byte) []byte {
	for _, b := range breaks {
		if bytes.HasSuffix(line, b) {
			return b
		}
	}
	return []byte("\n")
}

// isMarker reports whether a text starts with a line that separates or ends documents.
func isMarker(text []byte, marker string) bool {
	rest, found := bytes.CutPrefix(text, []byte(marker))
	return found && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || len(breakAt(rest)) > 0)
}

// hasNoContent reports whether a line is empty, a comment, the end of a document, or a
// directive.
func hasNoContent(line []byte) bool {
	content := bytes.TrimSpace(line)
	return len(content) == 0 || content[0] == '#' || line[0] == '%' || isMarker(line, terminator)
}

// offset returns where a column of a line is. Columns count characters, and
// both count from 1, as in package yaml.
func offset(lines [][]byte, line, column int) int {
	at := 0
	for _, before := range lines[:line-1] {
		at += len(before)
	}
	if line > len(lines) {
		return at
	}
	rest := lines[line-1]
	for range column - 1 {
		_, size := utf8.DecodeRune(rest)
		at += size
		rest = rest[size:]
	}
	return at
}

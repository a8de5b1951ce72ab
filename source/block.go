package source

import (
	"bytes"
	"strings"
)

// readBlock reads a literal or folded scalar. Whatever the breaks between two
// lines fold to, a line's own characters stand for themselves, so the value
// is followed from line to line: see yaml_parser_scan_block_scalar in go-yaml's
// scannerc.go.
func (r *reader) readBlock() bool {
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
func (r *reader) expectBreaks(n int) bool {
	return n == 0 || r.expect(strings.Repeat("\n", n))
}

// nextLine moves to the start of the line after the current one.
func (r *reader) nextLine() {
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

package rules

import (
	"bytes"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// NotRead returns what is wrong where Prometheus loads the file, but not all of it.
func (f *File) NotRead() []Diagnostic {
	if f.Ignored == (source.Position{}) {
		return nil
	}
	d := diagnose(f.Ignored, "this is a second YAML document: Prometheus reads only the first one of a file, and silently ignores all that is behind the separator (--- or ...), which is %s",
		f.Ignored.Apart(f.Separator))
	d.Fix = "put all groups under the one key groups, or each document into a file of its own"
	return []Diagnostic{d}
}

// nextDocument returns the line with which the YAML document behind the first one begins,
// and the separator with which the first one ends, unless nothing but comments follows. What
// it holds need not be valid.
func nextDocument(s *source.Text) (next, separator source.Position) {
	offset, begun, ended := 0, false, false
	for line := range bytes.Lines(s.Bytes()) {
		text, isMarker := marker(line)
		if isMarker && begun && !ended {
			ended, separator = true, s.Position(offset)
		}
		begun = begun || isMarker
		isDirective := len(text) > 0 && text[0] == '%' && (ended || !begun)
		if len(text) > 0 && text[0] != '#' && !isDirective {
			if ended {
				return s.Position(offset), separator
			}
			begun = true
		}
		offset += len(line)
	}
	return source.Position{}, source.Position{}
}

// marker reports whether a line begins with what separates documents, which no text in a
// document can. It returns what follows, or the line.
func marker(line []byte) (rest []byte, is bool) {
	for _, mark := range []string{"---", "..."} {
		rest, found := bytes.CutPrefix(line, []byte(mark))
		if found && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0) {
			return bytes.TrimSpace(rest), true
		}
	}
	return bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff"))), false
}

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
	d := diagnose(f.Ignored, "Prometheus reads only the first YAML document of a file, and silently ignores everything from here on")
	d.Range = f.Ignored.Characters(len("---"))
	d.Fix = "put all groups under the one key groups, or each document into a file of its own"
	return []Diagnostic{d}
}

// nextDocument returns where the first YAML document of a file ends, unless nothing but
// comments follows. What follows need not be valid.
func nextDocument(s *source.Text) source.Position {
	offset, end, begun := 0, -1, false
	for line := range bytes.Lines(s.Bytes()) {
		text, isMarker := marker(line)
		switch {
		case isMarker && begun && end < 0:
			end = offset
		case isMarker:
			begun = true
		}
		hasContent := len(text) > 0 && text[0] != '#' && (begun && end < 0 || text[0] != '%')
		if hasContent && end >= 0 {
			return s.Position(end)
		}
		begun = begun || hasContent
		offset += len(line)
	}
	return source.Position{}
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

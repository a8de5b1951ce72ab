package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ByteOrderMark may be the first character of a file; it is a document of its own.
var ByteOrderMark = []byte("\ufeff")

// Split divides a file into its documents. Where some of it is not valid YAML, the error is
// of type SyntaxErrors, and the file has the documents that can be read, some of them only
// without their trailing commas.
func Split(name string, text []byte) (File, error) {
	if !utf8.Valid(text) {
		return File{}, fmt.Errorf("%s is not UTF-8 text; save it as UTF-8", name)
	}
	file := File{Name: name}
	var errs SyntaxErrors
	line := 1
	for _, section := range sections(text) {
		parts, broken := parse(section)
		for _, e := range broken {
			e.File = name
			e.Range.Start.Line += line - 1
			e.Range.End.Line += line - 1
			errs = append(errs, e)
		}
		for _, d := range parts {
			d.Line = line
			if !bytes.Equal(d.Text, ByteOrderMark) { // which is in the line of what follows
				line += len(lines(d.Text))
			}
			file.Documents = append(file.Documents, d)
		}
	}
	if len(errs) > 0 {
		return file, errs
	}
	return file, nil
}

// sections cuts before each line "---", and after each line "...". A byte order mark is a
// section of its own.
func sections(text []byte) [][]byte {
	var all [][]byte
	if bytes.HasPrefix(text, ByteOrderMark) {
		all, text = append(all, ByteOrderMark), text[len(ByteOrderMark):]
	}
	start, at := 0, 0
	cut := func() {
		if at > start {
			all = append(all, text[start:at])
			start = at
		}
	}
	for _, line := range lines(text) {
		if isMarker(line, separator) {
			cut()
		}
		at += len(line)
		if isMarker(line, terminator) {
			cut()
		}
	}
	cut()
	return all
}

func parse(section []byte) ([]Document, SyntaxErrors) {
	if bytes.Equal(section, ByteOrderMark) || !hasContent(section) {
		return []Document{{Text: section}}, nil
	}
	if parts := parseJSON(section); parts != nil {
		return parts, nil
	}
	recovered, body, errs := recoverTrailingCommas(section)
	return []Document{{Text: section, JSON: body, parsed: recovered}}, errs
}

// hasContent reports whether there is more than comments and directives, which alone are
// not valid YAML.
func hasContent(section []byte) bool {
	for _, line := range lines(section) {
		if !hasNoContent(line) {
			return true
		}
	}
	return false
}

// parseJSON cuts after each JSON value, or returns nil where there is anything else.
func parseJSON(section []byte) []Document {
	start := 0
	if isMarker(section, separator) {
		start = len(separator)
	}
	if content := bytes.TrimSpace(section[start:]); len(content) == 0 || content[0] != '{' {
		return nil
	}
	var all []Document
	decoder := json.NewDecoder(bytes.NewReader(section[start:]))
	from := 0
	for {
		var value json.RawMessage
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil
		}
		end := start + int(decoder.InputOffset())
		next := len(section) - len(bytes.TrimLeft(section[end:], " \t\r\n"))
		all = append(all, Document{
			Text:  section[from:next],
			JSON:  value,
			value: span{end - len(value) - from, end - from},
		})
		from = next
	}
	return all
}

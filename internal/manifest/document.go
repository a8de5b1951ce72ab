// Package manifest reads files of YAML and JSON documents, adds to single
// documents, and leaves every byte alone that it has no reason to touch.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"
)

// File is what a file, or stdin, holds.
type File struct {
	Name      string
	Documents []Document
}

// Text returns the file's bytes.
func (f File) Text() []byte {
	var text []byte
	for _, d := range f.Documents {
		text = append(text, d.Text...)
	}
	return text
}

// HasYAML says whether any document is written in YAML, not in JSON.
func (f File) HasYAML() bool {
	return slices.ContainsFunc(f.Documents, func(d Document) bool { return d.JSON != nil && !d.IsJSON() })
}

// Document is the stretch of a file from one separator to the next, both the
// separator before it and comments included.
type Document struct {
	// Text are the document's bytes.
	Text []byte
	// Line is where the text starts in the file, counted from 1.
	Line int
	// JSON is the document as JSON; it is nil where there are only comments. The
	// values are those that kubectl would read.
	JSON []byte

	// mended is the text as it was read: without trailing commas, and of the same
	// length. It is nil in JSON.
	mended []byte
	// value is where the value stands in the text of a document that is JSON
	// itself; it is empty in YAML.
	value span
}

type span struct{ start, end int }

// IsJSON says whether the document is written in JSON.
func (d Document) IsJSON() bool { return d.value.end > 0 }

// StartsWithSeparator says whether the document can follow any other.
func (d Document) StartsWithSeparator() bool { return isMarker(d.Text, separator) }

// JSON returns all documents as a stream of JSON.
func JSON(files ...File) ([]byte, error) {
	var out bytes.Buffer
	for _, file := range files {
		for _, d := range file.Documents {
			if d.JSON == nil {
				continue
			}
			text, err := d.indentedJSON()
			if err != nil {
				return nil, err
			}
			out.Write(text)
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}

// indentedJSON returns the document as JSON: as it stands where it is JSON
// already, else with the four blanks of kubectl.
func (d Document) indentedJSON() ([]byte, error) {
	if d.IsJSON() {
		return d.Text[d.value.start:d.value.end], nil
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, d.JSON, "", "    "); err != nil {
		return nil, fmt.Errorf("indenting JSON: %w", err)
	}
	return indented.Bytes(), nil
}

// toJSON returns YAML as JSON, nil where there are only comments. It is the
// decoder of kubectl, which reads YAML 1.1 and lets the last of equal keys win.
func toJSON(text []byte) ([]byte, error) {
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(converted, []byte("null")) {
		return nil, nil
	}
	return converted, nil
}

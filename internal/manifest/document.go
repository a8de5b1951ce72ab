// Package manifest reads files of YAML and JSON documents, says where each value is in its
// file, and adds values to documents without changing any other byte. It does not know what
// the objects in them mean.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"
)

// File is the content of a file, or of stdin.
type File struct {
	Name      string
	Documents []Document
	// OfFolder is set where the file was found in a folder, and not named itself.
	OfFolder bool
}

// Text returns the file's bytes.
func (f File) Text() []byte {
	var text []byte
	for _, d := range f.Documents {
		text = append(text, d.Text...)
	}
	return text
}

// HasYAML reports whether any document is written in YAML, not in JSON.
func (f File) HasYAML() bool {
	return slices.ContainsFunc(f.Documents, func(d Document) bool { return d.JSON != nil && !d.IsJSON() })
}

// Document is the part of a file from one separator to the next, with the separator before
// it and with comments.
type Document struct {
	// Text are the document's bytes.
	Text []byte
	// Line is where the text starts in the file, counted from 1.
	Line int
	// JSON is the document in JSON, with the values that kubectl would read. It is nil where
	// there are only comments.
	JSON []byte

	// parsed is the text with spaces for trailing commas, which has the same length. It is
	// nil where the document is JSON.
	parsed []byte
	// value is where the value is in the text of a document that is written in JSON; it is
	// empty in YAML.
	value span
}

type span struct{ start, end int }

// IsJSON reports whether the document is written in JSON.
func (d Document) IsJSON() bool { return d.value.end > 0 }

// StartsWithSeparator reports whether the document begins with a line "---".
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

// indentedJSON returns the document in JSON: unchanged where it is written in JSON, else
// indented by four spaces, as kubectl does.
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

// toJSON returns YAML as JSON, nil where there are only comments. It uses kubectl's
// decoder, which reads YAML 1.1 and takes the last of equal keys.
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

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	evanphx "github.com/evanphx/json-patch/v5"
	"gomodules.xyz/jsonpatch/v2"
	"sigs.k8s.io/yaml"
)

// Add returns the document with a JSON patch applied that only adds. No other byte of its
// text changes; JSON keeps its indentation. Only a document in which an alias or a merge
// key leads to the place is written anew, without comments.
func (d Document) Add(operations []jsonpatch.Operation) (Document, error) {
	for _, operation := range operations {
		added, err := d.add(operation)
		if err != nil {
			return Document{}, fmt.Errorf("adding %s: %w", operation.Path, err)
		}
		d = added
	}
	return d, nil
}

func (d Document) add(operation jsonpatch.Operation) (Document, error) {
	value, err := json.Marshal(operation.Value)
	if err != nil {
		return Document{}, fmt.Errorf("encoding the value: %w", err)
	}
	patch, err := evanphx.DecodePatch(fmt.Appendf(nil, `[{"op":"add","path":%q,"value":%s}]`, operation.Path, value))
	if err != nil {
		return Document{}, fmt.Errorf("encoding the operation: %w", err)
	}
	options := evanphx.NewApplyOptions()
	options.EscapeHTML = false
	if d.JSON, err = patch.ApplyWithOptions(d.JSON, options); err != nil {
		return Document{}, err
	}
	if d.IsJSON() {
		return d.rewritten()
	}
	d.Text, err = insert(d.Text, operation.Path, value, d.JSON)
	return d, err
}

// rewritten replaces the value in the document's text by the document's JSON.
func (d Document) rewritten() (Document, error) {
	old := d.Text[d.value.start:d.value.end]
	var value bytes.Buffer
	if indent, indented := indentation(old); !indented {
		value.Write(d.JSON)
	} else if err := json.Indent(&value, d.JSON, "", indent); err != nil {
		return Document{}, fmt.Errorf("indenting JSON: %w", err)
	}
	text := value.Bytes()
	if bytes.Contains(old, []byte("\r\n")) {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	d.Text = slices.Concat(d.Text[:d.value.start], text, d.Text[d.value.end:])
	d.value.end = d.value.start + len(text)
	return d, nil
}

// indentation returns the white space before the first key of a JSON object on its line;
// false where the object is on one line.
func indentation(object []byte) (string, bool) {
	_, rest, found := bytes.Cut(object, []byte("\n"))
	if !found {
		return "", false
	}
	return string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t"))]), true
}

// insert returns the YAML text with a value added. Split reads the result as one document,
// which is exactly what is wanted.
func insert(text []byte, pointer string, value, want []byte) ([]byte, error) {
	for candidate := range insertions(text, pointer, value) {
		if means(candidate, want) {
			return candidate, nil
		}
	}
	anew, err := yaml.JSONToYAML(want)
	if err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	if isMarker(text, separator) {
		anew = append([]byte(separator+"\n"), anew...)
	}
	if all := lines(text); isMarker(all[len(all)-1], terminator) {
		anew = append(anew, all[len(all)-1]...)
	}
	if !means(anew, want) {
		return nil, errors.New("the document cannot be written as YAML that means the same; give it as JSON")
	}
	return anew, nil
}

// means reports whether a text is one document of a value. The decoder reads the first
// document of a text alone, and YAML where Split may read JSON: the text as a file says
// whether there is more.
func means(text, want []byte) bool {
	if got, err := toJSON(text); err != nil || !equal(got, want) {
		return false
	}
	file, err := Split("", text)
	if err != nil {
		return false
	}
	return slices.EqualFunc(values(file.Documents), [][]byte{want}, equal)
}

// values returns the JSON of the documents that have a value.
func values(documents []Document) [][]byte {
	var all [][]byte
	for _, d := range documents {
		if d.JSON != nil {
			all = append(all, d.JSON)
		}
	}
	return all
}

// equal reports whether two JSON texts have the same value; numbers must have the same
// digits.
func equal(a, b []byte) bool {
	decode := func(text []byte) (value any, err error) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err = decoder.Decode(&value)
		return value, err
	}
	left, errLeft := decode(a)
	right, errRight := decode(b)
	return errLeft == nil && errRight == nil && reflect.DeepEqual(left, right)
}

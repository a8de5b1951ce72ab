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

// Add returns the document with a JSON patch applied that only adds. The rest of
// its text stays, byte for byte; JSON keeps its indentation. A document whose
// aliases or merge keys stand in the way is written anew, without comments.
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

// rewritten puts the document's JSON in the place of the value in its text.
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

// indentation returns what precedes the first key of a JSON object on its line.
func indentation(object []byte) (string, bool) {
	_, rest, found := bytes.Cut(object, []byte("\n"))
	if !found {
		return "", false
	}
	return string(rest[:len(rest)-len(bytes.TrimLeft(rest, " \t"))]), true
}

// insert returns the YAML text with a value added, such that it means what is
// wanted and nothing else.
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
	if !means(anew, want) {
		return nil, errors.New("the document cannot be written as YAML that means the same; give it as JSON")
	}
	return anew, nil
}

func means(text, want []byte) bool {
	got, err := toJSON(text)
	return err == nil && equal(got, want)
}

// equal compares JSON as values, numbers by their digits.
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

package manifest

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// pathOf returns the value at a JSON pointer in a document that is JSON itself, or the
// nearest value around it.
func (d Document) pathOf(pointer string) (at jsonPath, exact bool) {
	at = jsonPath{start: d.value.start, end: d.value.end}
	at.keyStart, at.keyEnd = at.start, at.start
	for _, token := range jsonpointer.Tokens(pointer) {
		next, found := at.child(d.Text, token)
		if !found {
			return at, false
		}
		at = next
	}
	return at, true
}

// findJSON finds a value in a document that is JSON itself.
func (d *documentPlaces) findJSON(pointer string) *value {
	at, exact := d.document.pathOf(pointer)
	v := &value{exact: exact, offset: d.offset, keyStart: d.offset + at.keyStart, keyEnd: d.offset + at.keyEnd}
	v.start, v.end = v.keyStart, v.keyEnd
	raw := d.document.Text[at.start:at.end]
	if !exact || len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return v
	}
	v.start, v.end = d.offset+at.start, d.offset+at.end
	var text string
	if json.Unmarshal(raw, &text) == nil {
		v.scalar = d.text.JSONString(v.start, text)
		v.offset = 0
		v.content = source.New([]byte(text))
		v.start, v.end = v.scalar.Offset(0), v.scalar.Offset(len(text))
	}
	return v
}

// jsonPath says where a value is in a text and, in an object, where its key is. An element
// of a list has an empty key at its start.
type jsonPath struct{ start, end, keyStart, keyEnd int }

// child returns the value at a token of a JSON pointer. Of equal keys the last one
// counts.
func (p jsonPath) child(text []byte, token string) (found jsonPath, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(text[p.start:p.end]))
	opening, err := decoder.Token()
	if err != nil {
		return jsonPath{}, false
	}
	for i := 0; decoder.More(); i++ {
		var next jsonPath
		name := strconv.Itoa(i)
		if opening == json.Delim('{') {
			key, err := decoder.Token()
			if err != nil {
				return found, ok
			}
			name, _ = key.(string)
			next.keyEnd = p.start + int(decoder.InputOffset())
			next.keyStart = bytes.LastIndexByte(text[:next.keyEnd-1], '"')
		}
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return found, ok
		}
		next.end = p.start + int(decoder.InputOffset())
		next.start = next.end - len(element)
		if opening == json.Delim('[') {
			next.keyStart, next.keyEnd = next.start, next.start
		}
		if name == token {
			found, ok = next, true
		}
	}
	return found, ok
}

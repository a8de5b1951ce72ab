package source

import (
	"encoding/json"
	"unicode/utf8"
)

// JSONString does what Scalar does for a string of JSON, whose opening quote
// stands at the byte offset. YAML has another idea of some of JSON's escapes.
func (t *Text) JSONString(offset int, value string) Scalar {
	r := reader{text: t.text, at: offset + 1, value: value}
	for r.done < len(r.value) {
		if r.at >= len(r.text) || !r.readJSONPiece() {
			return Scalar{segments: []segment{{0, offset}}, fixed: true}
		}
	}
	if len(r.segments) == 0 {
		return Scalar{segments: []segment{{0, offset}}, fixed: true}
	}
	return Scalar{segments: r.segments}
}

// readJSONPiece reads the next character or escape. How many bytes of the value an
// escape stands for follows from decoding it alone.
func (r *reader) readJSONPiece() bool {
	rest := r.text[r.at:]
	if rest[0] != '\\' {
		_, width := utf8.DecodeRune(rest)
		return r.copy(width)
	}
	// The longest one is a pair of surrogates.
	for _, length := range []int{12, 6, 2} {
		if len(rest) < length {
			continue
		}
		var decoded string
		if err := json.Unmarshal([]byte(`"`+string(rest[:length])+`"`), &decoded); err != nil || utf8.RuneCountInString(decoded) != 1 {
			continue
		}
		ok := r.expect(decoded)
		r.at += length
		return ok
	}
	return false
}

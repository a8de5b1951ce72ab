package webhook

import (
	"encoding/json"
	"fmt"

	kjson "sigs.k8s.io/json"
)

// maxValues is how many values an object may have that is decoded. A small text can
// hold many: each {} in a list of containers is two bytes, and a container of some
// kilobytes once it is decoded. Real pods have some hundred values, managed fields
// included.
const maxValues = 10_000

// countValues returns how many values a valid JSON text has, whether in lists, in
// objects or by itself, without decoding any. Empty lists and objects count as two.
func countValues(text []byte) int {
	count := 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = endOfString(text, i)
		case ',', '[', '{':
			count++
		}
	}
	return count
}

// countReviewValues returns how many values a valid AdmissionReview has, without those of
// its objects if they are many.
func countReviewValues(text []byte) int {
	count := countValues(text)
	if count <= maxValues {
		return count
	}
	var review struct {
		Request struct {
			Object    json.RawMessage `json:"object"`
			OldObject json.RawMessage `json:"oldObject"`
		} `json:"request"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &review); err != nil {
		return count
	}
	return count - countValues(review.Request.Object) - countValues(review.Request.OldObject)
}

// endOfString returns the index of the quote that ends the string that begins at start.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// tooLargeError says that an object has more values than are decoded.
type tooLargeError struct{ values int }

func (e tooLargeError) Error() string {
	return fmt.Sprintf("the object has %d values, of which at most %d are decoded", e.values, maxValues)
}

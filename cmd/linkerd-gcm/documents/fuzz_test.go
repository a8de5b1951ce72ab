package documents

import (
	"bytes"
	"testing"

	"gomodules.xyz/jsonpatch/v2"
)

// FuzzAdd wants every byte kept by Split, and from Add either an error or a text
// that means what the patch means.
func FuzzAdd(f *testing.F) {
	pointers := []string{"/m/l/-", "/m/l", "/m/new", "/new"}
	for _, text := range []string{
		"m:\n  k: v\n  l:\n  - a\n  - b: c\n# end\n",
		"--- # c\r\nm: {k: [a, 'b]'], l: [x]}\r\n...\r\n",
		"{\"m\": {\"l\": [1e3, {\"ü\": \"\\ud83d\\ude00\"}]}}\n{\"m\": {\"l\": []}}",
		"a: &a\n- |+\n  x\n\nm:\n  <<: {l: *a}\n",
		"\ufeff%YAML 1.1\n---\nm:\n  l: !!seq\n  -\n    - 1\n\u2028---\nm: ~",
	} {
		for i := range pointers {
			f.Add([]byte(text), i)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, i int) {
		pointer := pointers[uint(i)%uint(len(pointers))]
		file, err := Split("fuzz.yaml", text)
		if err != nil {
			return
		}
		if !bytes.Equal(file.Text(), text) {
			t.Fatalf("%q is split into parts of %q", text, file.Text())
		}
		for _, d := range file.Documents {
			for _, o := range d.Objects() {
				if line := d.LineOf(o.Pointer); line < d.Line {
					t.Errorf("line %d of a document that starts in line %d", line, d.Line)
				}
			}
			if d.JSON == nil {
				continue
			}
			added, err := d.Add([]jsonpatch.Operation{jsonpatch.NewOperation("add", pointer, []any{"x", map[string]any{"y": 1}})})
			if err != nil {
				continue
			}
			again, err := Split("again.yaml", added.Text)
			if err != nil {
				t.Fatalf("adding %s to %q gives %q: %v", pointer, d.Text, added.Text, err)
			}
			var found [][]byte
			for _, d := range again.Documents {
				if d.JSON != nil {
					found = append(found, d.JSON)
				}
			}
			if len(found) != 1 || !equal(found[0], added.JSON) {
				t.Fatalf("adding %s to %q gives %q, which means %q", pointer, d.Text, added.Text, found)
			}
		}
	})
}

package manifest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gomodules.xyz/jsonpatch/v2"
	"sigs.k8s.io/yaml"
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
		"a: &a {l: []}\nm: *a\n...\nb: c\n",
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
		for i, d := range file.Documents {
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
			checkMeans(t, added.Text, added)
			changed := slices.Clone(file.Documents)
			changed[i] = added
			checkMeans(t, File{Documents: changed}.Text(), changed...)
			if t.Failed() {
				t.Fatalf("adding %s to %q of %q", pointer, d.Text, text)
			}
		}
	})
}

// checkMeans checks that a text is read as the values of documents.
func checkMeans(t *testing.T, text []byte, documents ...Document) {
	t.Helper()
	again, err := Split("again.yaml", text)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	got, want := values(again.Documents), values(documents)
	if !slices.EqualFunc(got, want, equal) {
		t.Errorf("%q means %q, want %q", text, got, want)
	}
}

// FuzzPlaces looks for each character of a text where Places says that it stands, in
// a ConfigMap that two encoders write in their own ways, within a list.
func FuzzPlaces(f *testing.F) {
	for _, text := range []string{
		"groups:\n- name: ä\n\n  rules: [] # 𝄞\n", "a", "\n\n a: 'b' \"c\"\n\\d\t\n", " x\n", "- a: |\n    b\n\n    c  \n- d: >-\n    e\n    f\n", strings.Repeat("long words ", 30),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const longest = 1000 // each character is looked for
		if len(text) > longest || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) && strings.Trim(strings.Map(onlyControls, text), "\n\t") != "" {
			return
		}
		list := map[string]any{"items": []any{map[string]any{"data": map[string]any{"first": "x", "k": text}}}}
		inYAML, err := yaml.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		inJSON, err := json.MarshalIndent(list, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		for name, written := range map[string][]byte{"YAML": inYAML, "JSON": inJSON} {
			file, err := Split(name, append([]byte("# ä\n---\n"), written...))
			if err != nil {
				t.Fatalf("%v in\n%s", err, written)
			}
			checkPlaces(t, file, text)
		}
	})
}

func onlyControls(c rune) rune {
	if unicode.IsControl(c) {
		return c
	}
	return -1
}

func checkPlaces(t *testing.T, file File, text string) {
	t.Helper()
	places := file.Places()
	for i, line := range strings.Split(text, "\n") {
		for j, want := range []rune(line) {
			at, exact := places.At(len(file.Documents)-1, "/items/0/data/k", stretch(i+1, j+1, 1))
			source := []rune(places.Line(at.Start.Line))
			if !exact || at.Start.Column < 1 || at.Start.Column > len(source)+1 {
				t.Fatalf("%d:%d of %q is at %+v, exact %v, in\n%s", i+1, j+1, text, at, exact, file.Text())
			}
			got := '\n'
			if at.Start.Column <= len(source) {
				got = source[at.Start.Column-1]
			}
			if got != want && got != '\\' && want != ' ' {
				t.Fatalf("%d:%d of %q is %q, at %+v is %q in\n%s", i+1, j+1, text, want, at, got, file.Text())
			}
		}
	}
}

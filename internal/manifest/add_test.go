package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gomodules.xyz/jsonpatch/v2"
)

var volume = map[string]any{"name": "v", "emptyDir": map[string]any{}}

func add(path string, value any) jsonpatch.Operation {
	return jsonpatch.NewOperation("add", path, value)
}

// only returns the only document of a text.
func only(t *testing.T, text string) Document {
	t.Helper()
	file, err := Split("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Documents) != 1 {
		t.Fatalf("%d documents in %q", len(file.Documents), text)
	}
	return file.Documents[0]
}

func TestAdd(t *testing.T) {
	for name, test := range map[string]struct {
		text      string
		operation jsonpatch.Operation
		want      string
	}{
		"to the end of a list": {
			"a:\n  l:\n  - name: x # the first\n\n  # about b\nb: 1\n", add("/a/l/-", volume),
			"a:\n  l:\n  - name: x # the first\n  - emptyDir: {}\n    name: v\n\n  # about b\nb: 1\n",
		},
		"to an indented list": {
			"l:\n    -   name: x\n        k: yes\nb: 0x10\n", add("/l/-", volume),
			"l:\n    -   name: x\n        k: yes\n    - emptyDir: {}\n      name: v\nb: 0x10\n",
		},
		"to a list within a list": {
			"- - a\n  - b\n- c\n", add("/0/-", "x"),
			"- - a\n  - b\n  - x\n- c\n",
		},
		"to a list at the end of the file, where no line break is": {
			"l:\n- 1e3", add("/l/-", "x"),
			"l:\n- 1e3\n- x",
		},
		"to a list before the end of the document": {
			"--- # doc\nl:\n- 12345678901234567890\n# end\n...\n", add("/l/-", "x"),
			"--- # doc\nl:\n- 12345678901234567890\n- x\n# end\n...\n",
		},
		"after a literal text that ends as if with a comment": {
			"l:\n- |\n  a\n  # b\n\nm: 1\n", add("/l/-", "x"),
			"l:\n- |\n  a\n  # b\n\n- x\nm: 1\n",
		},
		"after a literal text whose empty lines count": {
			"l:\n- |+\n  a\n\n\nm: 1\n", add("/l/-", "x"),
			"l:\n- |+\n  a\n\n\n- x\nm: 1\n",
		},
		"with the line breaks of the text": {
			"a:\r\n- b\r\nc: d\r\n", add("/a/-", volume),
			"a:\r\n- b\r\n- emptyDir: {}\r\n  name: v\r\nc: d\r\n",
		},
		"after characters of several bytes": {
			"ü: [\"☃\", 𝄞]\nl: {k: \"\u2028\", ö: {}}\n", add("/l/n", "x"),
			"ü: [\"☃\", 𝄞]\nl: {k: \"\u2028\", ö: {}, \"n\": \"x\"}\n",
		},
		"a key to a map": {
			"m:\n  k: v\n# end\n", add("/m/l", []any{volume}),
			"m:\n  k: v\n  l:\n  - emptyDir: {}\n    name: v\n# end\n",
		},
		"a key to a map in a list": {
			"l:\n- a: b\n- c: d\n  e: f\n", add("/l/0/o", "010"),
			"l:\n- a: b\n  o: \"010\"\n- c: d\n  e: f\n",
		},
		"a key to a map with an anchor": {
			"m: &m\n  k: v\nn: 1\n", add("/m/l", "x"),
			"m: &m\n  k: v\n  l: x\nn: 1\n",
		},
		"in place of null": {
			"l: null # nothing\nm: 1\n", add("/l", []any{volume}),
			"l:\n- emptyDir: {}\n  name: v # nothing\nm: 1\n",
		},
		"in place of ~": {
			"m:\n  l:   ~\n", add("/m/l", map[string]any{"k": "v"}),
			"m:\n  l:\n    k: v\n",
		},
		"in place of nothing": {
			"m:\n  l:\n  n: 1\n", add("/m/l", []any{"x"}),
			"m:\n  l:\n  - x\n  n: 1\n",
		},
		"in place of nothing, at the end": {
			"m:\n  l:", add("/m/l", []any{"x"}),
			"m:\n  l:\n  - x",
		},
		"in place of empty brackets": {
			"m:\n  l: [ ]\n  n: 1\n", add("/m/l", []any{"x"}),
			"m:\n  l:\n  - x\n  n: 1\n",
		},
		"in place of a quoted text": {
			"m:\n  k: '{\"it''s\": 1}' # old\n", add("/m/k", `{"new":2}`),
			"m:\n  k: '{\"new\":2}' # old\n",
		},
		"in brackets": {
			"m: {k: [\"a]\", b ], l: {}}\n", add("/m/k/-", volume),
			"m: {k: [\"a]\", b, {\"emptyDir\":{},\"name\":\"v\"} ], l: {}}\n",
		},
		"in braces of several lines": {
			"m: {\n  k: v,\n  l: 1\n}\n", add("/m/n", "x"),
			"m: {\n  k: v,\n  l: 1, \"n\": \"x\"\n}\n",
		},
		"to the last of equal keys, which is the one that counts": {
			"l:\n- a\nl:\n- b\n", add("/l/-", "x"),
			"l:\n- a\nl:\n- b\n- x\n",
		},
		"an anchor that is used elsewhere is written out": {
			"---\n# comment\nl: &l\n- no\nm: *l\n", add("/l/-", "x"),
			"---\nl:\n- false\n- x\nm:\n- false\n",
		},
		"an alias is written out": {
			"l: &l\n- \"no\"\nm: *l\n", add("/m/-", "x"),
			"l:\n- \"no\"\nm:\n- \"no\"\n- x\n",
		},
		"a merge key is written out": {
			"b: &b\n  l:\n  - 1\nm:\n  <<: *b\n  k: v\n", add("/m/l/-", "x"),
			"b:\n  l:\n  - 1\nm:\n  k: v\n  l:\n  - 1\n  - x\n",
		},
		"a key beside a merge key": {
			"b: &b {k: v}\nm:\n  <<: *b\n", add("/m/o", "x"),
			"b: &b {k: v}\nm:\n  <<: *b\n  o: x\n",
		},
		"JSON in a line": {
			`{"b": 1e3, "a": "\ud83d\ude00"}`, add("/l", []any{"<x>"}),
			`{"b":1e3,"a":"\ud83d\ude00","l":["\u003cx\u003e"]}`,
		},
		"JSON with indentation": {
			"---\n{\n    \"b\": [\n        10000000000000000000001\n    ]\n}\n", add("/b/-", "x"),
			"---\n{\n    \"b\": [\n        10000000000000000000001,\n        \"x\"\n    ]\n}\n",
		},
		"JSON with tabs and the line breaks of Windows": {
			"{\r\n\t\"b\": []\r\n}\r\n", add("/b/-", "x"),
			"{\r\n\t\"b\": [\r\n\t\t\"x\"\r\n\t]\r\n}\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := only(t, test.text).Add([]jsonpatch.Operation{test.operation})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got.Text)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if again := only(t, string(got.Text)); !equal(again.JSON, got.JSON) {
				t.Errorf("the text means %s, the document says %s", again.JSON, got.JSON)
			}
		})
	}
}

func TestSplitKeepsEveryByte(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                     {"", nil},
		"a byte order mark":           {"\ufeffa: 1\n", []string{"\ufeff", "a: 1\n"}},
		"comments before the first":   {"# c\n---\na: 1\n--- # d\nb: 2", []string{"# c\n", "---\na: 1\n", "--- # d\nb: 2"}},
		"directives":                  {"%YAML 1.1\n---\na: 1\n", []string{"%YAML 1.1\n", "---\na: 1\n"}},
		"ends of documents":           {"a: 1\n...\nb: 2\n... # c\n", []string{"a: 1\n...\n", "b: 2\n... # c\n"}},
		"what only looks like an end": {"a: |\n  ---\n  ...\nb: ----\n", []string{"a: |\n  ---\n  ...\nb: ----\n"}},
		"line breaks of Windows":      {"a: 1\r\n---\r\nb: 2\r\n", []string{"a: 1\r\n", "---\r\nb: 2\r\n"}},
		"JSON one after the other":    {"{\"a\":1}\n\n{\"b\":2}{\"c\":3}\n", []string{"{\"a\":1}\n\n", "{\"b\":2}", "{\"c\":3}\n"}},
		"JSON between separators":     {"---\n{\"a\":1}\n---\n{\"b\":2}\n", []string{"---\n{\"a\":1}\n", "---\n{\"b\":2}\n"}},
		"YAML that starts like JSON":  {"{a: 1}\n", []string{"{a: 1}\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Split("test.yaml", []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range file.Documents {
				got = append(got, string(d.Text))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			if joined := strings.Join(got, ""); joined != test.text {
				t.Errorf("together they are %q", joined)
			}
		})
	}
}

package manifest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestPlaces(t *testing.T) {
	type found struct {
		At    source.Range
		Exact bool
		Line  string
	}
	const yamlText = "# c\n---\nmap: {key: \"a\\tb\", list: [x, {k: v}]}\nbase: &b\n  deep: |\n    ä\n      bc\n    d\nalias: *b\nmerged:\n  <<: *b\n  own: 系統 # c\nlast: 1\n"
	const jsonText = "{\"a\": {\"b/c~d\": \"x\\ny\\u00e4z\", \"n\": [1, {\"k\": true}], \"a\": \"1\", \"a\": \"22\"}}"
	for name, test := range map[string]struct {
		text, pointer string
		in            source.Range
		want          found
	}{
		"a whole value":              {yamlText, "/merged/own", source.Range{}, found{stretch(12, 8, 2), true, "  own: 系統 # c"}},
		"a character of a value":     {yamlText, "/merged/own", stretch(1, 2, 1), found{stretch(12, 9, 1), true, "  own: 系統 # c"}},
		"behind an escape":           {yamlText, "/map/key", stretch(1, 3, 1), found{stretch(3, 16, 1), true, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"an escape":                  {yamlText, "/map/key", stretch(1, 2, 1), found{stretch(3, 14, 2), true, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"an element":                 {yamlText, "/map/list/1/k", source.Range{}, found{stretch(3, 34, 1), true, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"a list":                     {yamlText, "/map/list", source.Range{}, found{stretch(3, 20, 4), true, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"a line of a literal":        {yamlText, "/base/deep", stretch(2, 3, 2), found{stretch(7, 7, 2), true, "      bc"}},
		"more than a line":           {yamlText, "/base/deep", stretch(1, 1, 99), found{stretch(6, 5, 1), true, "    ä"}},
		"behind an alias":            {yamlText, "/alias/deep", stretch(3, 1, 1), found{stretch(8, 5, 1), true, "    d"}},
		"behind a merge key":         {yamlText, "/merged/deep", stretch(3, 1, 1), found{stretch(8, 5, 1), true, "    d"}},
		"what is missing in a map":   {yamlText, "/merged/none", stretch(1, 2, 3), found{stretch(10, 1, 6), false, "merged:"}},
		"what is missing in nothing": {yamlText, "/none/none", source.Range{}, found{stretch(3, 1, 0), false, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"the document":               {yamlText, "", source.Range{}, found{stretch(3, 1, 0), true, "map: {key: \"a\\tb\", list: [x, {k: v}]}"}},
		"JSON":                       {jsonText, "/a/b~1c~0d", stretch(2, 2, 2), found{stretch(1, 22, 7), true, jsonText}},
		"a number in JSON":           {jsonText, "/a/n/0", source.Range{}, found{stretch(1, 38, 1), true, jsonText}},
		"a list in JSON":             {jsonText, "/a/n", source.Range{}, found{stretch(1, 32, 3), true, jsonText}},
		"an element in JSON":         {jsonText, "/a/n/1", source.Range{}, found{stretch(1, 41, 0), true, jsonText}},
		"the last of equal keys":     {jsonText, "/a/a", source.Range{}, found{stretch(1, 71, 2), true, jsonText}},
		"what is missing in JSON":    {jsonText, "/a/n/7", source.Range{}, found{stretch(1, 32, 3), false, jsonText}},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Split("test", []byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			places := file.Places()
			at, exact := places.At(len(file.Documents)-1, test.pointer, test.in)
			if diff := cmp.Diff(test.want, found{at, exact, places.Line(at.Start.Line)}); diff != "" {
				t.Errorf("place (-want +got):\n%s", diff)
			}
		})
	}
}

// stretch returns a range of characters in a line.
func stretch(line, column, length int) source.Range {
	return source.Position{Line: line, Column: column}.Characters(length)
}

func TestPlacesOfKeys(t *testing.T) {
	for text, want := range map[string]source.Range{
		"a:\n  ä: x\n  key: y\n":    stretch(3, 3, 3),
		"{\"a\": {\"key\": \"y\"}}": stretch(1, 8, 5),
		"a: {x: 1}\n":               stretch(1, 1, 1),
	} {
		file, err := Split("test", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if at, exact := file.Places().KeyAt(0, "/a/key"); at != want || exact != strings.Contains(text, "key") {
			t.Errorf("%q: %+v, exact %v, want %+v", text, at, exact, want)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		want  []string
		reads int
	}{
		"trailing commas": {"l:\n- \"a\",\n- 'b''c' , # d\nm:\n  k: \"v\",\n  n: v,\n", []string{
			"f:2:6: invalid YAML: there is a comma after the closing quote; in YAML, no comma separates the lines of a list; remove the comma",
			"f:3:10: invalid YAML: there is a comma after the closing quote; in YAML, no comma separates the lines of a list; remove the comma",
			"f:5:9: invalid YAML: there is a comma after the closing quote; in YAML, no comma separates the lines of a list; remove the comma",
		}, 1},
		"a comma and something else": {"l:\n- \"a\",\nm: [\n", []string{
			"f:2:6: invalid YAML: there is a comma after the closing quote; in YAML, no comma separates the lines of a list; remove the comma",
			"f:3:1: invalid YAML: did not find expected node content",
		}, 0},
		"a tab":                           {"a:\n  b: c\n\td: e\n", []string{"f:3:1: invalid YAML: this line is indented by a tab; indent it by spaces"}, 0},
		"a template":                      {"a:\n  b: {{ .Values.x }}\n", []string{"f:2:6: invalid YAML: {{ begins a template that has not been rendered; render it first, as helm template does"}, 0},
		"two documents":                   {"a: [\n---\nb: 1\n---\n\"c\": d: e\n", []string{"f:1:1: invalid YAML: did not find expected node content", "f:5:1: invalid YAML: mapping values are not allowed in this context"}, 1},
		"a comma that is YAML":            {"l: [\"a\",\n \"b\",\n]\n", nil, 1},
		"a comma in a text of many lines": {"l: |\n  \"a\",\n", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Split("f", []byte(test.text))
			var got []string
			var broken SyntaxErrors
			if err != nil && !errors.As(err, &broken) {
				t.Fatal(err)
			}
			for _, one := range broken {
				got = append(got, one.Error())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			reads := 0
			for _, d := range file.Documents {
				if d.JSON != nil {
					reads++
				}
			}
			if reads != test.reads || string(file.Text()) != test.text {
				t.Errorf("%d documents can be read, want %d; text %q", reads, test.reads, file.Text())
			}
			if err != nil && err.Error() != strings.Join(test.want, "\n") {
				t.Errorf("the error is %q", err)
			}
		})
	}
}

package source

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// spelling is one way to write a text as a YAML scalar behind "  key: ". It
// returns "" for texts that cannot be written so.
type spelling struct {
	name  string
	write func(r *rand.Rand, value string) string
}

var spellings = []spelling{
	{"literal", func(r *rand.Rand, value string) string { return block(r, "|", value) }},
	{"folded", func(r *rand.Rand, value string) string { return block(r, ">", strings.ReplaceAll(value, "\n", "\n\n")) }},
	{"single-quoted", func(r *rand.Rand, value string) string {
		return "'" + folded(r, strings.ReplaceAll(value, "'", "''")) + "'"
	}},
	{"plain", func(r *rand.Rand, value string) string { return folded(r, value) }},
	{"double-quoted", doubleQuoted},
	{"JSON", func(_ *rand.Rand, value string) string {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		return string(text)
	}},
}

// block writes a literal or folded scalar with any indentation.
func block(r *rand.Rand, style, value string) string {
	indent := strings.Repeat(" ", 3+r.IntN(4))
	header := style
	if strings.HasPrefix(value, " ") || strings.HasPrefix(value, "\n") || r.IntN(3) == 0 {
		header += fmt.Sprint(len(indent) - 2)
	}
	header += []string{"", "-", "+", " # why"}[r.IntN(4)]
	var b strings.Builder
	b.WriteString(header + "\n")
	for line := range strings.SplitSeq(value, "\n") {
		if line != "" || r.IntN(2) == 0 {
			b.WriteString(indent)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// folded breaks lines between words, and writes each line feed as two.
func folded(r *rand.Rand, value string) string {
	value = strings.ReplaceAll(value, "\n", "\n\n    ")
	var b strings.Builder
	for i := range len(value) {
		inside := i > 0 && i+1 < len(value) && !strings.ContainsAny(value[i-1:i]+value[i+1:i+2], " \n\t#")
		if value[i] == ' ' && inside && r.IntN(4) == 0 {
			b.WriteString("\n     ")
			continue
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// doubleQuoted escapes what it must and some of what it need not, and breaks lines.
func doubleQuoted(r *rand.Rand, value string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range value {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case r.IntN(6) == 0 && c > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, c)
		case r.IntN(6) == 0 && c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		case r.IntN(9) == 0 && c != ' ':
			b.WriteString("\\\n      " + string(c))
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// words are what values are made of: letters that a place is checked by, and
// whatever YAML has rules for.
var words = []string{"sum", "rate", "x{a=", "}", "'", `"`, `\`, "(", ")", " ", " ", " ", "\n", "\n", "  ", ":", "- ", "#", "ä", "𝄞", "%", "[5m]", "\t", ","}

func randomValue(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("a")
	for range r.IntN(30) {
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

// checkPlaces writes a value in a style between two others, and looks for each of
// its letters where the scalar says it is. It reports whether the style can hold
// the value.
func checkPlaces(t *testing.T, r *rand.Rand, s spelling, value string) bool {
	t.Helper()
	text := "first: ä\nmap:\n  key: " + s.write(r, value)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text += "  next: b\n"
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return false
	}
	content := document.Content[0].Content
	if len(content) != 4 || content[3].Kind != yaml.MappingNode || content[3].Content[0].Value != "key" {
		return false
	}
	node := content[3].Content[1]
	if node.Kind != yaml.ScalarNode || node.Value == "" || len(content[3].Content) != 4 {
		return false
	}
	source := New([]byte(text))
	scalar := source.Scalar(node.Line, node.Column, node.Value)
	if s.name == "JSON" {
		scalar = source.JSONString(source.Offset(node.Line, node.Column), node.Value)
	}
	words := strings.TrimLeft(node.Value, " \t\n")
	if spaces := strings.TrimSuffix(node.Value, words); !scalar.Exact() && (words == "" || strings.Contains(spaces, " \n") || strings.Contains(spaces, "\t\n")) {
		return false // all of it leads to its start: nobody needs places in white space
	}
	if !scalar.Exact() {
		t.Fatalf("%s: no places for %q in\n%s", s.name, node.Value, text)
	}
	last := -1
	for offset, want := range node.Value {
		raw := scalar.Offset(offset)
		if raw < last {
			t.Fatalf("%s: character %d of %q stands at %d, before the one before it, in\n%s", s.name, offset, node.Value, raw, text)
		}
		last = raw
		got, _ := utf8.DecodeRuneInString(text[raw:])
		if got != want && got != '\\' && want != ' ' && want != '\n' {
			t.Fatalf("%s: character %d of %q is %q, and at its place is %q, in\n%s", s.name, offset, node.Value, want, got, text)
		}
	}
	return true
}

func TestEachCharacterOfAScalarHasItsPlace(t *testing.T) {
	values, enough := 5000, 500
	if testing.Short() {
		values, enough = values/10, enough/10
	}
	for _, s := range spellings {
		t.Run(s.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			written := 0
			for range values {
				if checkPlaces(t, r, s, randomValue(r)) {
					written++
				}
			}
			if written < enough {
				t.Errorf("only %d values can be written so", written)
			}
		})
	}
}

func FuzzScalar(f *testing.F) {
	for i := range spellings {
		f.Add(uint64(i), i, "a b\n'c' \"d\" \\ ä𝄞\n\n  e: f #g")
	}
	f.Fuzz(func(t *testing.T, seed uint64, style int, value string) {
		if !utf8.ValidString(value) {
			return
		}
		checkPlaces(t, rand.New(rand.NewPCG(seed, 0)), spellings[uint(style)%uint(len(spellings))], value)
	})
}

func TestJSONStrings(t *testing.T) {
	for name, test := range map[string]struct {
		text, before string
	}{
		"no escape":               {`"sum(HERE)"`, "sum("},
		"escapes":                 {`"\"a\\b\/\n\tHERE"`, "\"a\\b/\n\t"},
		"a character's number":    {`"\u00e4\u003cHERE"`, "ä<"},
		"a pair of surrogates":    {`"\ud834\udd1e HERE"`, "𝄞 "},
		"half a pair":             {`"\ud834HERE"`, "\ufffd"},
		"two halves that are two": {`"\ud834\u0041HERE"`, "\ufffdA"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "{\"k\": " + test.text + "}"
			var value struct{ K string }
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
			scalar := New([]byte(text)).JSONString(len(`{"k": `), value.K)
			if got, want := scalar.Offset(len(test.before)), strings.Index(text, "HERE"); got != want || !scalar.Exact() {
				t.Errorf("the word is at %d, not at %d of %s", want, got, text)
			}
		})
	}
}

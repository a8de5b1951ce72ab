package rules

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// rulefmtVariable names the environment variable with the path of the program
// that e2e/prometheus/rulefmt builds: Prometheus' own reader, built as Prometheus
// 2.55.1 is. With it, the fuzz test also compares verdicts; without it, the test
// checks what must hold for any input.
//
//	go build -C e2e/prometheus -o "$PWD/rulefmt" ./rulefmt
//	RULEFMT=$PWD/rulefmt go test -fuzz FuzzParse ./rules
const rulefmtVariable = "RULEFMT"

// FuzzParse checks that any text is answered without a panic, with places
// inside the text, and, where an oracle is given, with Prometheus' verdict.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/realistic/*", "testdata/corpus/*/*"} {
		seeds, err := filepath.Glob(pattern)
		if err != nil || len(seeds) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		for _, path := range seeds {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	prometheus := oracle.Named(f, rulefmtVariable)
	f.Fuzz(func(t *testing.T, text []byte) {
		file, errs := Parse(text)
		lines := strings.Split(string(text), "\n")
		for _, err := range errs {
			checkInside(t, lines, err.Range.Start)
			if strings.Contains(err.Message, "the parser failed") {
				t.Errorf("%q: %v", text, err)
			}
		}
		if file != nil {
			checkFile(t, text, lines, file)
		}
		if prometheus == nil || slices.ContainsFunc(errs, func(err Diagnostic) bool { return err.Limit }) {
			return
		}
		if verdict := prometheus.Ask(t, text); (verdict == "") != (len(errs) == 0) {
			t.Errorf("Prometheus: %q, here: %v", verdict, errs)
		}
	})
}

// checkFile checks the places of all that was read.
func checkFile(t *testing.T, text []byte, lines []string, file *File) {
	t.Helper()
	checkInside(t, lines, file.Ignored)
	for _, group := range file.Groups {
		checkInside(t, lines, group.Position)
		checkInside(t, lines, group.IntervalPosition)
	}
	for _, rule := range file.Rules() {
		checkInside(t, lines, rule.Position)
		for _, static := range rule.Static {
			checkInside(t, lines, static.Position)
			checkInside(t, lines, static.ValuePosition)
		}
		for offset := range len(rule.Expr.Text) + 1 {
			checkInside(t, lines, rule.Expr.At(offset))
		}
		checkLetters(t, text, rule.Expr)
		if rule.Expr.Tree.Type() == parser.ValueTypeVector && rule.Labels.Label(metricName).Presence != Absent {
			t.Errorf("%s keeps the metric's name", rule.Expr.Text)
		}
	}
}

// checkInside checks that a position, if there is one, is in the text or right
// behind it.
func checkInside(t *testing.T, lines []string, at source.Position) {
	t.Helper()
	if at == (source.Position{}) {
		return
	}
	if at.Line < 1 || at.Line > len(lines) {
		t.Fatalf("line %d of %d", at.Line, len(lines))
	}
	if columns := utf8.RuneCountInString(lines[at.Line-1]) + 1; at.Column > columns {
		t.Fatalf("%s in a line of %d columns", at, columns)
	}
}

// checkLetters checks that each letter of an expression is found in the text
// at its place, unless it is written as an escape there.
func checkLetters(t *testing.T, text []byte, expr Expr) {
	t.Helper()
	if !expr.places.Exact() {
		return
	}
	for offset := range len(expr.Text) {
		want, raw := expr.Text[offset], expr.places.Offset(offset)
		if bytes.IndexByte([]byte(" \n'"), want) >= 0 || raw < len(text) && (text[raw] == want || text[raw] == '\\') {
			continue
		}
		t.Fatalf("byte %d of %q is not at %d of %q", offset, expr.Text, raw, text)
	}
}

// FuzzDecodeGroups compares the groups that are decoded from nodes with those that the
// strict decoder makes of the text itself.
func FuzzDecodeGroups(f *testing.F) {
	for _, text := range []string{
		"groups:\n- name: a\n  interval: 10s\n  rules:\n  - record: b\n    expr: up\n    labels: {c: d}\n",
		"groups:\n- name: a\n  rules:\n  - alert: b\n    expr: up\n    for: 1x\n    annotations: {c: d, c: e}\n",
		"groups: [{name: a, rules: [{record: &r b, expr: *r}, null]}, ~]\n---\nmore",
		"groups:\n- &g {name: a, limit: x}\n- <<: *g\n  name: b\n  rule: []\n",
		"groups: {name: a}\ngroups: []\n", "groups: !!str [a]\n", "? groups\n: - !!map {? !!binary bmFtZQ== : a, source: b}\n", "- a\n", "a: &a [*a]\n", "\x00",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil || document.IsZero() || len(checkText(text)) > 0 {
			return
		}
		if _, refusal := checkTree(&document, 0); refusal != "" {
			return
		}
		var want rulefmt.RuleGroups
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		wantErr := decoder.Decode(&want)
		got, err := decodeGroups(source.New(text), &document)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("got %v, want %v", err, wantErr)
		}
		if diff := cmp.Diff(want.Groups, got, cmpopts.EquateEmpty()); wantErr == nil && diff != "" {
			t.Errorf("groups of the text (-) and of the nodes (+):\n%s", diff)
		}
	})
}

package lint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// FuzzCheck checks what must hold of the findings about any texts: they name a rule
// and a place in their text, are in order, each is there once, and they depend
// neither on the order of the input nor on chance.
func FuzzCheck(f *testing.F) {
	rules, err := filepath.Glob("../rules/testdata/realistic/*")
	if err != nil || len(rules) == 0 {
		f.Fatalf("no rules: %v", err)
	}
	configs, err := filepath.Glob("../stackdriver/testdata/configs/*.yml")
	if err != nil || len(configs) == 0 {
		f.Fatalf("no configurations: %v", err)
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	includes := []string{recorded, "{__name__=~\".+\"}", "a\n\n {job!=\"x\"}\r\n{", "\xff{ä=~\"(\"}", "a\"\r\x1b\""}
	for i, path := range configs {
		f.Add(settings.Location+"="+[]string{"us-central1", "<REGION>", "\xff"}[i%3], includes[i%len(includes)], read(rules[i%len(rules)]), rulesFile(aCounter, sumExpr), read(path))
	}
	f.Add(settings.Inject+"=on\ngcm.linkerd.io/x=y", recorded, rulesFile(aRate, rateExpr, aCounter, sumExpr), rulesFile(aRate, sumExpr, "ALERTS", "x"), renaming(aRate, aCounter, aRate, ":"))
	f.Fuzz(func(t *testing.T, annotations, include, rules, more, config string) {
		in, texts := fuzzed(annotations, include, rules, more, config)
		findings := Checked(t, in)
		for i, finding := range findings {
			checkFinding(t, finding, texts)
			if i > 0 && slices.Equal(sorted([]Finding{finding, findings[i-1]}), findings[i-1:i+1]) == false {
				t.Errorf("%v comes before %v", findings[i-1], finding)
			}
		}
		if size := len(annotations) + len(include) + len(rules) + len(more) + len(config); len(findings) > 30+size {
			t.Errorf("%d findings about %d bytes", len(findings), size)
		}
		slices.Reverse(in.Include)
		slices.Reverse(in.RuleFiles)
		if diff := cmp.Diff(findings, Checked(t, in)); diff != "" {
			t.Errorf("in another order:\n%s", diff)
		}
	})
}

// fuzzed returns an input and its texts by their keys.
func fuzzed(annotations, include, rules, more, config string) (Input, map[string]string) {
	texts := map[string]string{settings.Inject: "enabled", settings.Include: include}
	for line := range strings.Lines(annotations) {
		// The API server sees to it that keys are words.
		if key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "="); found && !strings.ContainsFunc(key, unicode.IsControl) && utf8.ValidString(key) {
			texts[key] = value
		}
	}
	in := FromAnnotations(Annotated{Object{Kind: "Namespace", Name: "viz"}, texts}, Annotated{}, settings.Defaults{})
	texts["a_rules.yml"], texts["b_rules.yml"], texts["sidecar.yml"] = rules, more, config
	at := func(key string) Text {
		return Text{Value: texts[key], Object: Object{Kind: "ConfigMap", Name: "c", Key: key}, Position: source.Start}
	}
	file := at("sidecar.yml")
	in.RuleFiles, in.SidecarConfig, in.RulesComplete = []Text{at("a_rules.yml"), at("b_rules.yml")}, &file, true
	return in, texts
}

func checkFinding(t *testing.T, f Finding, texts map[string]string) {
	t.Helper()
	const longest = 1500
	if _, known := Find(f.Rule); !known || f.Message == "" || !slices.Contains([]Severity{Error, Warning, Info}, f.Severity) {
		t.Errorf("%+v", f)
	}
	if text := f.Message + f.Fix; len(text) > longest || strings.ContainsAny(text, "\r\n") || !utf8.ValidString(text) {
		t.Errorf("%s: %d bytes: %q", f.Rule, len(text), text)
	}
	if f.Line == 0 {
		if f.Column != 0 || f.Length != 0 {
			t.Errorf("%s: column %d, length %d and no line", f, f.Column, f.Length)
		}
		return
	}
	lines := strings.Split(texts[f.Object.Key], "\n")
	if f.Line < 0 || f.Line > len(lines) {
		t.Errorf("%s: line %d of %d", f, f.Line, len(lines))
		return
	}
	if width := utf8.RuneCountInString(lines[f.Line-1]); f.Column < 1 || f.Length < 0 || f.Column+f.Length > width+1 {
		t.Errorf("%s: column %d and length %d in a line of %d characters: %q", f, f.Column, f.Length, width, lines[f.Line-1])
	}
}

package lint

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// program is what a reason names: whoever does what the rule is about, and where.
var program = regexp.MustCompile(`stackdriver-prometheus-sidecar|Prometheus|Kubernetes|kubelet|API server|Google|gcm-injector|gcm-exporter`)

func TestEveryRuleIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range Rules {
		switch {
		case seen[rule.ID]:
			t.Errorf("%s is there twice", rule.ID)
		case !slices.Contains([]Severity{Error, Warning, Info}, rule.Severity):
			t.Errorf("%s: severity %q", rule.ID, rule.Severity)
		case rule.Title == "" || strings.HasSuffix(rule.Title, "."):
			t.Errorf("%s: title %q, want half a sentence", rule.ID, rule.Title)
		case !program.MatchString(rule.Why) || !strings.HasSuffix(rule.Why, "."):
			t.Errorf("%s: why %q, want a sentence that names a program", rule.ID, rule.Why)
		case !slices.Contains([]Concern{Both, GoogleOnly, Impossible, ExporterOnly}, rule.Concern):
			t.Errorf("%s: it does not say which sidecar it is about", rule.ID)
		case (rule.Concern == Impossible || rule.Concern == GoogleOnly) && (rule.Exporter == "" || rule.ExporterWhy != ""):
			t.Errorf("%s: want half a sentence about what gcm-exporter does, and no reason why that matters", rule.ID)
		case strings.HasSuffix(rule.Exporter, ".") || rule.ExporterWhy != "" && (!program.MatchString(rule.ExporterWhy) || !strings.HasSuffix(rule.ExporterWhy, ".")):
			t.Errorf("%s: %q and %q, want half a sentence, and a sentence that names a program", rule.ID, rule.Exporter, rule.ExporterWhy)
		case rule.Concern == Both && strings.Contains(cmp.Or(rule.ExporterWhy, rule.Why), "stackdriver-prometheus-sidecar"):
			t.Errorf("%s: to users of gcm-exporter the reason speaks of Google's sidecar: %s", rule.ID, rule.Why)
		case rule.Undecidable != "" && (rule.check != nil || rule.from != ""):
			t.Errorf("%s is both checked and undecidable", rule.ID)
		case rule.Undecidable == "" && rule.check == nil && rule.from == "":
			t.Errorf("%s has no check, and does not say where its findings come from", rule.ID)
		}
		seen[rule.ID] = true
	}
}

func TestTheIDOfARuleLeadsToItsFile(t *testing.T) {
	for _, rule := range Rules {
		paths, err := filepath.Glob(strings.ToLower(strings.TrimRight(rule.ID, "0123456789")) + "*.go")
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, path := range paths {
			if strings.Contains(read(t, path), `ID: "`+rule.ID+`"`) {
				rows = append(rows, path)
			}
		}
		if len(rows) != 1 {
			t.Errorf("%s: the row is in %q, want one file among %q", rule.ID, rows, paths)
			continue
		}
		tests := strings.TrimSuffix(rows[0], ".go") + "_test.go"
		if rule.Undecidable == "" && !strings.Contains(read(t, tests), rule.ID) {
			t.Errorf("%s: %s does not mention it", rule.ID, tests)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestFind(t *testing.T) {
	if rule, found := Find("REN005"); !found || rule.ID != "REN005" {
		t.Errorf("got %v %v", rule.ID, found)
	}
	if _, found := Find("REN"); found {
		t.Error("REN is not a rule")
	}
}

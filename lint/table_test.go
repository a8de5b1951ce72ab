package lint

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// program is what a reason names: whoever does what the rule is about, and where.
var program = regexp.MustCompile(`stackdriver-prometheus-sidecar|Prometheus|Kubernetes|kubelet|API server|Google|gcm-injector`)

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
		case rule.Undecidable != "" && rule.check != nil:
			t.Errorf("%s is both checked and undecidable", rule.ID)
		case rule.Undecidable == "" && rule.check == nil && rule.from == "":
			t.Errorf("%s is neither checked nor undecidable", rule.ID)
		}
		seen[rule.ID] = true
	}
}

func TestFind(t *testing.T) {
	if rule, found := Find("REN005"); !found || rule.ID != "REN005" {
		t.Errorf("got %v %v", rule.ID, found)
	}
	if _, found := Find("REN"); found {
		t.Error("REN is no rule")
	}
}

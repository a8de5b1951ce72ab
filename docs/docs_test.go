package docs

import (
	"strings"
	"testing"
)

func TestRuleReturnsOneSection(t *testing.T) {
	for heading := range strings.Lines(Lint) {
		id, _, isRule := strings.Cut(strings.TrimPrefix(heading, "### "), ": ")
		if !isRule || !strings.HasPrefix(heading, "### ") {
			continue
		}
		text, found := Rule(id)
		if !found || !strings.HasPrefix(text, strings.TrimSpace(heading)+"\n") || strings.Count(text, "\n##") > 0 {
			t.Errorf("Rule(%q): got %v %q", id, found, text)
		}
	}
	if text, found := Rule("REN"); found {
		t.Errorf("REN is not a rule, got %q", text)
	}
}

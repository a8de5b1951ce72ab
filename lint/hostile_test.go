package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestHostileInput gives what is meant to cost time or memory out of proportion;
// what takes minutes is ended by the test's own deadline.
func TestHostileInput(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	rules := many(2_000)
	var short, deep, renames strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&short, "x:%d\n", i)
	}
	for range 16 {
		deep.WriteString(`{__name__=~"` + strings.Repeat("(a|b*)*", 2_200) + "\"}\n")
	}
	renames.WriteString("metric_renames:\n")
	for i := range 20_000 {
		fmt.Fprintf(&renames, "- {from: \"a:%d\", to: x}\n", i)
	}
	for name, test := range map[string]struct {
		change func(in *Input)
		// unjudged says that the selectors are not held against the metrics.
		unjudged bool
	}{
		"tens of thousands of selectors":      {unjudged: true, change: func(in *Input) { in.Include = Selectors(Object{}, short.String()) }},
		"long regular expressions":            {unjudged: true, change: func(in *Input) { in.Include = Selectors(Object{}, deep.String()) }},
		"one name for all, and none recorded": {change: func(in *Input) { in.SidecarConfig = &Text{Value: renames.String()} }},
		"one name recorded by every rule": {change: func(in *Input) {
			in.RuleFiles[0].Value = rulesFile(strings.Split(strings.Repeat(aRate+"\nup\n", 2_000)+aCounter+"\nup", "\n")...)
			in.SidecarConfig = &Text{Value: renaming(aRate, "x", aCounter, "x")}
		}},
		"invalid UTF-8": {change: func(in *Input) {
			in.Include = Selectors(Object{}, "\xff{\xfe")
			in.RuleFiles[0].Value = "\xff"
			in.SidecarConfig = &Text{Value: "\xff"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := rules
			in.RuleFiles = append([]Text{}, rules.RuleFiles...)
			test.change(&in)
			unjudged := false
			for _, f := range Checked(t, in) {
				unjudged = unjudged || strings.HasPrefix(f.Message, "the selectors are too long for so many rules")
				const longest = 1000
				if len(f.Message)+len(f.Fix) > longest {
					t.Fatalf("%s: %d bytes: %.100q…", f.Rule, len(f.Message)+len(f.Fix), f.Message+f.Fix)
				}
			}
			if unjudged != test.unjudged {
				t.Errorf("unjudged: got %v, want %v", unjudged, test.unjudged)
			}
		})
	}
}

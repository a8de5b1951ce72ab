package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecordedTwice(t *testing.T) {
	// rule is one for a name that is selected, on one line; the first is in line 4.
	rule := func(matcher, labels string) string {
		return fmt.Sprintf("  - {record: linkerd_job:x, expr: 'rate(request_total{%s}[5m])', labels: {%s}}\n", matcher, labels)
	}
	for name, c := range map[string]struct {
		rules []string
		// want are severity and line of each rule that records what another does.
		want []string
	}{
		"two expressions":                         {[]string{rule("", ""), rule(`a="b"`, "")}, []string{"warning 5"}},
		"one expression":                          {[]string{rule("", ""), rule("", "")}, []string{"error 5"}},
		"three, of which each is named":           {[]string{rule("", ""), rule("", ""), rule("", "")}, []string{"error 5", "error 6"}},
		"told apart by a label that is set":       {[]string{rule("", "of: requests"), rule("", "of: responses")}, nil},
		"told apart by a matcher":                 {[]string{rule(`direction="inbound"`, ""), rule(`direction="outbound"`, "")}, nil},
		"told apart by matchers of several":       {[]string{rule(`n=~"a|b"`, ""), rule(`n=~"c|d"`, "")}, nil},
		"one of several values in common":         {[]string{rule(`n=~"a|b"`, ""), rule(`n=~"b|c"`, "")}, []string{"warning 5"}},
		"values of a label that some series lack": {[]string{rule(`n=~"a|"`, ""), rule(`n=~"b|"`, "")}, []string{"warning 5"}},
		"a label that one of them lacks":          {[]string{rule("", "of: requests"), rule("", "")}, []string{"error 5"}},
		"the first and the last of three":         {[]string{rule("", "of: requests"), rule("", "of: responses"), rule("", "of: requests")}, []string{"error 6"}},
		"two labels, of which one tells more":     {[]string{rule("", "a: x, b: p"), rule("", "a: x, b: q"), rule("", "a: y, b: q"), rule("", "a: y, b: r")}, nil},
		"rules that are not exported": {
			[]string{strings.Replace(rule("", ""), "linkerd_job:", "other:", 1), strings.Replace(rule("", ""), "linkerd_job:", "other:", 1), rule("", "")}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Checked(t, setup{include: recorded, rules: "groups:\n- name: g\n  rules:\n" + strings.Join(c.rules, "")}.input()) {
				if f.Rule == "REC016" {
					got = append(got, fmt.Sprintf("%s %d", f.Severity, f.Line))
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rules that others record too (-want +got):\n%s", diff)
			}
		})
	}
}

// TestANameOfTwoRulesIsJudgedOnce finds what is wrong with a name at its first rule.
func TestANameOfTwoRulesIsJudgedOnce(t *testing.T) {
	const unnamed = "x"
	var got []string
	for _, f := range Checked(t, setup{include: unnamed, rules: rulesFile(unnamed, rateExpr, unnamed, sumExpr), config: renaming(aRate, "y")}.input()) {
		if f.Rule == "REC006" {
			got = append(got, fmt.Sprint(f.Line))
		}
	}
	if diff := cmp.Diff([]string{"4"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestOneFileTwiceIsNotRecordedTwice mounts a file as two, which is SET004's.
func TestOneFileTwiceIsNotRecordedTwice(t *testing.T) {
	in := setup{include: recorded, rules: rulesFile(aRate, rateExpr)}.input()
	other := in.RuleFiles[0]
	other.Object.Name = "another"
	in.RuleFiles = append(in.RuleFiles, other)
	for _, f := range Checked(t, in) {
		if f.Rule == "REC016" {
			t.Error(f)
		}
	}
}

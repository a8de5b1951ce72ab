package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// underTitle matches a rule's heading and its severity, and the sentence below about
// gcm-exporter.
var underTitle = regexp.MustCompile(`(?m)^(### ([A-Z]+[0-9]+): .*\n\n\*\*.*\*\*\n)(?:\n\*[^*]*\*\n)?`)

// TestEveryRuleSaysWhichSidecarItIsAbout compares what stands under each heading with the
// table of rules, or writes it.
func TestEveryRuleSaysWhichSidecarItIsAbout(t *testing.T) {
	const document = "lint.md"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	want := underTitle.ReplaceAllStringFunc(string(text), func(section string) string {
		match := underTitle.FindStringSubmatch(section)
		rule, found := lint.Find(match[2])
		if !found {
			t.Errorf("%s is not a rule", match[2])
		}
		return match[1] + "\n" + wrapped("*"+sentence(rule)+"*", maxProseWidth) + "\n"
	})
	if *update && want != string(text) {
		text = []byte(want)
		if err := os.WriteFile(document, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("go test ./docs -update writes it (-want +got):\n%s", diff)
	}
}

// sentence says which sidecar a rule is about.
func sentence(rule lint.Rule) string {
	switch rule.Concern {
	case lint.Impossible:
		return "Impossible with gcm-exporter: it " + rule.Exporter + "."
	case lint.GoogleOnly:
		return "Google's sidecar only: gcm-exporter " + rule.Exporter + "."
	case lint.ExporterOnly:
		return "gcm-exporter only."
	}
	if rule.Exporter != "" {
		return "Both sidecars: gcm-exporter " + rule.Exporter + "."
	}
	return "Both sidecars."
}

// wrapped breaks a text into lines of at most a number of characters.
func wrapped(text string, width int) string {
	var out strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			out.WriteString("\n")
			column = 0
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}

func TestTheRulesBySidecarAreThoseOfTheTable(t *testing.T) {
	marks := map[lint.Concern][2]string{
		lint.Both: {"checked", "checked"}, lint.GoogleOnly: {"checked", "—"},
		lint.Impossible: {"checked", "impossible"}, lint.ExporterOnly: {"—", "checked"},
	}
	counts := map[lint.Concern]int{}
	var table strings.Builder
	table.WriteString("| rule | Google's sidecar | gcm-exporter | gcm-exporter … |\n|---|---|---|---|\n")
	for _, rule := range lint.Rules {
		counts[rule.Concern]++
		mark := marks[rule.Concern]
		if rule.Undecidable != "" {
			for i := range mark {
				mark[i] = strings.ReplaceAll(mark[i], "checked", "not checked")
			}
		}
		table.WriteString(tableRow(fmt.Sprintf("%s: %s", rule.ID, rule.Title), mark[0], mark[1], rule.Exporter))
	}
	sum := fmt.Sprintf("Of %d rules, %d are about both sidecars, %d cannot be broken with gcm-exporter, %d are about Google's sidecar\nonly, and %d about gcm-exporter only.\n\n",
		len(lint.Rules), counts[lint.Both], counts[lint.Impossible], counts[lint.GoogleOnly], counts[lint.ExporterOnly])
	compareGenerated(t, "lint.md", "rules by sidecar", sum+table.String())
}

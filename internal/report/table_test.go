package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestTheTableOnATerminal(t *testing.T) {
	finding := survey.Positioned{File: "a.yml", Source: "location: mars"}
	finding.Finding = lint.Finding{Rule: "CFG014", Severity: lint.Warning, Message: "it does not look like a region or a zone", Line: 3, Column: 11, Length: 4, Fix: "write another"}
	finding.Object = lint.Object{Kind: survey.File}
	text, err := Report{Findings: []survey.Positioned{finding}, Checked: "1 file", Terminal: terminal.Terminal{Width: 50, Colours: true}}.table()
	if err != nil {
		t.Fatal(err)
	}
	want := "\x1b[33mwarning[CFG014]\x1b[0m it does not look like a region or\n                a zone\n" +
		" --> a.yml:3:11\n" +
		"  |\n3 | location: mars\n  | \x1b[33m          ^^^^\x1b[0m\n"
	if diff := cmp.Diff(want, string(text)[:min(len(want), len(text))]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

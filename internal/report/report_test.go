package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestTheMarkStandsUnderTheProblem(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct {
		line           string
		column, length int
		source, mark   string
	}{
		"in ASCII":                      {"to: a:b", 5, 3, "to: a:b", "    ^^^"},
		"of unknown length":             {"to: a:b", 5, 0, "to: a:b", "    ^"},
		"behind a tab":                  {"\tto: a:b", 6, 3, "\tto: a:b", "\t    ^^^"},
		"behind wide characters":        {"系統: a:b", 5, 3, "系統: a:b", "      ^^^"},
		"under wide characters":         {"to: 系統 # x", 5, 2, "to: 系統 # x", "    ^^^^"},
		"behind combining characters":   {"a\u0308: a:b", 5, 3, "a\u0308: a:b", "   ^^^"},
		"past the end":                  {"to:", 4, 1, "to:", "   ^"},
		"far past the end":              {"to:", 9, 4, "to:", "   ^"},
		"of an empty line":              {"", 1, 0, "", "^"},
		"longer than the line":          {"to: a", 5, 9, "to: a", "    ^"},
		"behind what a terminal obeys":  {"\x1b[2Jto: a", 9, 1, "\ufffd[2Jto: a", "        ^"},
		"at the start of a long line":   {long + "END", 1, 3, strings.Repeat("x", 160) + "…", "^^^"},
		"at the end of a long line":     {long + "END", 301, 3, "…" + strings.Repeat("x", 157) + "END", strings.Repeat(" ", 158) + "^^^"},
		"in the middle of a long line":  {long + "END" + long, 301, 3, "…" + strings.Repeat("x", 53) + "END" + strings.Repeat("x", 104) + "…", strings.Repeat(" ", 54) + "^^^"},
		"past the end of a long line":   {long, 301, 0, "…" + strings.Repeat("x", 160), strings.Repeat(" ", 161) + "^"},
		"of more than a long line":      {long, 1, 300, strings.Repeat("x", 160) + "…", strings.Repeat("^", 160)},
		"behind a zero-width character": {"\u200bto: a", 6, 1, "\ufffdto: a", "     ^"},
	} {
		t.Run(name, func(t *testing.T) {
			source, mark := marked(test.line, test.column, test.length, maxCharacters)
			if diff := cmp.Diff(test.source+"\n"+test.mark, source+"\n"+mark); diff != "" {
				t.Errorf("line and mark (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGitHubCommandsAreEscaped(t *testing.T) {
	r := Report{Findings: []survey.Positioned{
		{Finding: lint.Finding{Rule: "REN007", Severity: lint.Error, Message: "100%\nof a:b, c", Line: 3, Column: 7, Length: 2, Fix: "write\r::error::x"}, File: "a,b:c%.yaml"},
		{Finding: lint.Finding{Rule: "SEL001", Severity: lint.Info, Message: "m", Object: lint.Object{Kind: "Namespace", Name: "viz", Key: "k"}, Line: 2, Column: 1}},
	}, Notes: []string{"a\nb"}, Checked: "1 file"}
	got, err := r.github()
	want := "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7,endColumn=9,title=REN007::100%25%0Aof a:b, c; write%0D::error::x\n" +
		"::notice title=SEL001::Namespace viz, k:2:1: m\n::notice title=not checked::a%0Ab\n::notice title=linkerd-gcm lint::1 error, 1 info in 1 file; a note says what was not checked\n"
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("error %v, commands (-want +got):\n%s", err, diff)
	}
}

func TestFilesAsURIs(t *testing.T) {
	for name, want := range map[string]string{
		"viz/a.yaml": "viz/a.yaml", "./viz/../a b%.yaml": "a%20b%25.yaml", "/tmp/ä.yaml": "file:///tmp/%C3%A4.yaml", "c:d.yaml": "./c:d.yaml", "stdin": "stdin",
	} {
		if got := fileURI(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	finding := func(severity lint.Severity) survey.Positioned {
		return survey.Positioned{Finding: lint.Finding{Severity: severity}}
	}
	r := Report{Findings: []survey.Positioned{finding(lint.Error), finding(lint.Info), finding(lint.Warning), finding(lint.Error)}}
	if got, want := r.summary(), "2 errors, 1 warning, 1 info"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

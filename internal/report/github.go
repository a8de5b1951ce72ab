package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// githubCommands are the workflow commands for each severity.
var githubCommands = map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Info: "notice"}

// Workflow commands end at line breaks, and their properties at commas and colons
// (actions/toolkit, packages/core/src/command.ts).
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// github prints commands by which GitHub shows each finding next to the line that it is
// about, and for the whole what was not checked, and the result.
func (r Report) github() ([]byte, error) {
	var out bytes.Buffer
	for _, f := range r.Findings {
		var properties []string
		add := func(name string, value any) {
			properties = append(properties, name+"="+githubProperty.Replace(fmt.Sprint(value)))
		}
		if f.File != "" {
			add("file", f.File)
			add("line", f.Line)
			add("col", f.Column)
			if f.Length > 0 {
				add("endColumn", f.Column+f.Length)
			}
		}
		add("title", f.Rule)
		message := f.Message
		if f.File == "" {
			message = place(f) + ": " + message
		}
		if f.Fix != "" {
			message += "; " + f.Fix
		}
		fmt.Fprintf(&out, "::%s %s::%s\n", githubCommands[f.Severity], strings.Join(properties, ","), githubData.Replace(message))
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&out, "::notice title=not checked::%s\n", githubData.Replace(note))
	}
	command := "notice"
	if r.Nothing {
		command = "warning"
	}
	fmt.Fprintf(&out, "::%s title=linkerd-gcm lint::%s\n", command, githubData.Replace(r.result()))
	return out.Bytes(), nil
}

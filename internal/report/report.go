// Package report prints what lint has found and what inject has added, for people and
// for programs. It finds and adds nothing itself: packages survey and offline do.
package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Report is what lint has found.
type Report struct {
	Findings []survey.Positioned
	// Checked says what was checked, such as "2 files", and Nothing that nothing was.
	Checked string
	Nothing bool
	// Sidecars are those that the rules were judged for.
	Sidecars []settings.Sidecar
	// Notes say what was not checked, and why.
	Notes []string
	// Terminal is what the output can show, which matters for the table.
	Terminal terminal.Terminal
	// Version is that of this program.
	Version string
}

// Findings are the formats of what lint has found.
var Findings = Formats[Report]{
	{"table", "for people", Report.table},
	{"json", "for programs", Report.json},
	{"sarif", "SARIF 2.1.0, for code scanning", Report.sarif},
	{"github", "annotations of a GitHub workflow", Report.github},
}

// Count returns how many findings have a severity.
func (r Report) Count(severity lint.Severity) int {
	count := 0
	for _, f := range r.Findings {
		if f.Severity == severity {
			count++
		}
	}
	return count
}

// summary says how many findings there are of each severity.
func (r Report) summary() string {
	var parts []string
	for _, severity := range []lint.Severity{lint.Error, lint.Warning, lint.Info} {
		if count := r.Count(severity); count > 0 {
			parts = append(parts, survey.Number(count, string(severity)))
		}
	}
	return strings.Join(parts, ", ")
}

// result says in a sentence what was found, and in what.
func (r Report) result() string {
	found := r.summary()
	switch {
	case r.Nothing:
		return "nothing was checked in " + r.Checked
	case found == "":
		found = "no findings"
	}
	result := found + " in " + r.Checked
	if len(r.Sidecars) > 0 {
		result += ", for " + strings.Join(r.sidecars(), " and ")
	}
	switch len(r.Notes) {
	case 0:
		return result
	case 1:
		return result + "; a note says what was not checked"
	default:
		return fmt.Sprintf("%s; %d notes say what was not checked", result, len(r.Notes))
	}
}

// sidecars are the names of the sidecars, as their containers have them.
func (r Report) sidecars() []string {
	names := make([]string, 0, len(r.Sidecars))
	for _, sidecar := range r.Sidecars {
		names = append(names, sidecar.Container())
	}
	slices.Sort(names)
	return names
}

// where names the object of a finding, for people.
func where(o lint.Object) string {
	if o.Kind == survey.Flag {
		return strings.TrimSpace(o.Name + " " + o.Key)
	}
	text := strings.TrimSpace(o.Kind + " " + o.FullName())
	switch {
	case o.Key == "":
	case o.Kind == "ConfigMap":
		text += ", key " + o.Key
	case strings.HasPrefix(o.Key, settings.Prefix):
		text += ", annotation " + o.Key
	default:
		text += ", " + o.Key
	}
	return text
}

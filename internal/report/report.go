// Package report prints what the linter found, for people and for programs.
package report

import (
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Report is what there is to print.
type Report struct {
	Findings []survey.Positioned
	// Checked says what was looked at, such as "2 files".
	Checked string
	// Version is that of this program.
	Version string
}

// File is the kind of object that a file is which holds no object.
const File = "File"

// Format is one way to print a report.
type Format struct {
	Name, Doc string
	Print     func(Report) ([]byte, error)
}

// Formats are all of them, the default first.
var Formats = []Format{
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
			parts = append(parts, Number(count, string(severity)))
		}
	}
	return strings.Join(parts, ", ")
}

// Number writes a number of things, such as "1 error" or "2 errors".
func Number(count int, thing string) string {
	if count == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", count, thing)
}

// Objects says in brackets how many objects there are of each kind, such as
// " (1 Namespace, 2 ConfigMaps)"; it is "" where there are none.
func Objects(objects []lint.Object) string {
	var kinds []string
	counts := map[string]int{}
	for _, o := range objects {
		if counts[o.Kind]++; counts[o.Kind] == 1 {
			kinds = append(kinds, o.Kind)
		}
	}
	if len(kinds) == 0 {
		return ""
	}
	for i, kind := range kinds {
		kinds[i] = Number(counts[kind], kind)
	}
	return fmt.Sprintf(" (%s)", strings.Join(kinds, ", "))
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

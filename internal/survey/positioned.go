package survey

import (
	"cmp"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// Positioned is a finding with the line that it is about.
type Positioned struct {
	lint.Finding
	// File is the file whose line and column the finding has. It is empty where the
	// finding is about a live object, or about something that is missing; line and column
	// are then those in the object's value.
	File string
	// Source is the text of the line, "" where it is not known.
	Source string
}

// Sorted returns findings in the order of their files and lines, those without a file in
// the order of their objects, and each finding once.
func Sorted(findings []Positioned) []Positioned {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b Positioned) int {
		if a.File == "" && b.File == "" && a.Object != b.Object {
			return a.Object.Compare(b.Object)
		}
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule),
			a.Object.Compare(b.Object),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(findings, func(a, b Positioned) bool {
		a.Reason, b.Reason = "", "" // which names the pod that it is about
		return a == b
	})
}

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

// Sorted returns each finding once, in the order of their files and of the objects in these,
// those without a file in the order of their objects. Of one object, errors come before
// warnings, each in the order of their lines.
func Sorted(findings []Positioned) []Positioned {
	findings = slices.Clone(findings)
	first := firstLines(findings)
	slices.SortStableFunc(findings, func(a, b Positioned) int {
		ofA, ofB := a.of(), b.of()
		if a.File != "" {
			if order := cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(first[ofA], first[ofB])); order != 0 {
				return order
			}
		}
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			ofA.Object.Compare(ofB.Object),
			cmp.Compare(ranks[a.Severity], ranks[b.Severity]),
			cmp.Compare(a.Object.Key, b.Object.Key)*keysMatter(a),
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

// ranks are the severities in the order in which they are printed.
var ranks = map[lint.Severity]int{lint.Error: 0, lint.Warning: 1, lint.Info: 2}

// keysMatter is 1 where lines count within a key of a live object, else 0.
func keysMatter(f Positioned) int {
	if f.File == "" {
		return 1
	}
	return 0
}

// inFile is an object in a file.
type inFile struct {
	File   string
	Object lint.Object
}

// of returns the object that a finding is about, without its key.
func (f Positioned) of() inFile {
	object := f.Object
	object.Key = ""
	return inFile{f.File, object}
}

// firstLines are the first lines of findings of each object.
func firstLines(findings []Positioned) map[inFile]int {
	first := map[inFile]int{}
	for _, f := range findings {
		of := f.of()
		if line, known := first[of]; !known || f.Line < line {
			first[of] = f.Line
		}
	}
	return first
}

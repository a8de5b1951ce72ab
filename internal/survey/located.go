package survey

import (
	"cmp"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Located is a finding where the reader finds it: its line and column are those of
// the file.
type Located struct {
	lint.Finding
	// File is empty where the finding is about a live object, or about something
	// that stands nowhere; line and column are then those of the object's value.
	File string
	// Source is the text of the line, "" where it is not known.
	Source string
}

// Flag is the kind of object that a flag of the command line is.
const Flag = "Flag"

// Overlaid returns a finding about an annotation that stands on the command line.
func Overlaid(f lint.Finding, value string) Located {
	f.Object = lint.Object{Kind: Flag, Name: "--annotation", Key: f.Object.Key}
	return Located{Finding: f, Source: source.New([]byte(value)).Line(f.Line)}
}

// Sorted returns findings in the order in which one reads the files, those without
// a file by their objects, each once.
func Sorted(findings []Located) []Located {
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(a, b Located) int {
		if a.File == "" && b.File == "" && a.Object != b.Object {
			return compareObjects(a.Object, b.Object)
		}
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule),
			compareObjects(a.Object, b.Object),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(findings)
}

func compareObjects(a, b lint.Object) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Key, b.Key),
	)
}

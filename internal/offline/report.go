package offline

import (
	"context"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// InvalidYAML is the id of the rule about files that are not valid YAML.
const InvalidYAML = "CFG003"

// Report checks the files as Lint does. The syntax errors, which reading the files has
// found, are findings, too. An error means that an object cannot be read.
func (in Input) Report(ctx context.Context, syntax manifest.SyntaxErrors, defaults settings.Defaults) (survey.Report, error) {
	result, err := in.Lint(ctx, defaults)
	if err != nil {
		return survey.Report{}, err
	}
	r := survey.Report{
		Findings: append(in.syntaxFindings(syntax), in.Position(result.Findings)...),
		Notes:    result.Notes,
		Sidecars: result.Sidecars,
		Checked:  survey.Number(len(in.Files), "file") + survey.Objects(result.Objects),
	}
	switch ignored := in.ignored(result.Objects); {
	case len(r.Findings) == 0 && len(result.Objects) == 0:
		r.Nothing = true
		r.Checked += ": nothing in there has to do with the export"
		r.Notes = append(r.Notes, "lint looks for annotated Namespaces, for ConfigMaps with the default names or the label linkerd.io/extension=gcm, and for pods and Helm values of linkerd-viz' Prometheus")
	case len(ignored) > 0:
		r.Checked += "; ignored, because they have nothing to do with the export: " + survey.Kinds(ignored)
	}
	return r, nil
}

// ignored are the objects of the files that were not checked.
func (in Input) ignored(checked []lint.Object) []lint.Object {
	known := map[lint.Object]bool{}
	for _, o := range checked {
		if o.Kind == "Namespace" {
			o.Namespace = ""
		}
		known[o] = true
	}
	var all []lint.Object
	for _, o := range in.objects() {
		if identity := o.identity(); identity.Kind != "" && !known[identity] {
			all = append(all, identity)
		}
	}
	slices.SortStableFunc(all, func(a, b lint.Object) int { return strings.Compare(a.Kind, b.Kind) })
	return all
}

// unreadable says why invalid YAML matters where it is not known which program would read it.
const unreadable = "Neither kubectl nor Helm reads such a file, and none of what is in it was checked."

// syntaxFindings are about files that nobody can read: neither kubectl nor Helm, nor the
// sidecar.
func (in Input) syntaxFindings(syntax manifest.SyntaxErrors) []survey.Positioned {
	places := map[string]*manifest.Places{}
	for _, file := range in.Files {
		places[file.Name] = file.Places()
	}
	var findings []survey.Positioned
	for _, e := range syntax {
		at := e.Range.Start
		findings = append(findings, survey.Positioned{
			Finding: lint.Finding{
				Rule: InvalidYAML, Severity: lint.Error, Message: "the file is not valid YAML: " + e.Reason, Fix: e.Fix, Reason: unreadable,
				Object: lint.Object{Kind: survey.File, Name: e.File},
				Line:   at.Line, Column: at.Column, Length: e.Range.Length(),
			},
			File: e.File, Source: places[e.File].Line(at.Line),
		})
	}
	return findings
}

package offline

import (
	"context"

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
		Checked:  survey.Number(len(in.Files), "file") + survey.Objects(result.Objects),
	}
	if len(r.Findings) == 0 && len(result.Objects) == 0 {
		r.Checked += ": nothing in there has to do with the export"
		r.Notes = append(r.Notes, "lint looks for annotated Namespaces, for ConfigMaps with the default names or the label linkerd.io/extension=gcm, and for pods and Helm values of linkerd-viz' Prometheus")
	}
	return r, nil
}

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
				Rule: InvalidYAML, Severity: lint.Error, Message: "the file is not valid YAML: " + e.Reason, Fix: e.Fix,
				Object: lint.Object{Kind: survey.File, Name: e.File},
				Line:   at.Line, Column: at.Column, Length: e.Range.Length(),
			},
			File: e.File, Source: places[e.File].Line(at.Line),
		})
	}
	return findings
}

package main

import (
	"context"
	"errors"
	"io"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// unreadable is the rule that files which are no YAML break.
const unreadable = "CFG003"

// lintFiles lints the objects and Helm values in files. Where strict, files that are
// no YAML are no input: a finding of them would not be shown.
func (o lintOptions) lintFiles(ctx context.Context, stdin io.Reader, annotations map[string]string, strict bool) (result, error) {
	files, err := manifest.Read(o.files, stdin)
	var broken manifest.SyntaxErrors
	if err != nil && (strict || !errors.As(err, &broken)) {
		return result{}, usageError{err}
	}
	input := offline.Input{Files: files, Namespace: o.namespace, Annotations: annotations}
	checked, err := input.Lint(ctx, settings.Defaults{SidecarImage: o.sidecarImage})
	if err != nil {
		return result{}, usageError{err}
	}
	found := result{findings: syntaxFindings(files, broken), notes: checked.Notes, checked: report.Number(len(files), "file") + report.Objects(checked.Objects)}
	found.findings = append(found.findings, input.Position(checked.Findings)...)
	if len(found.findings) == 0 && len(checked.Objects) == 0 {
		found.checked += ": nothing in there has to do with the export"
		found.notes = append(found.notes, "looked for were annotated Namespaces, ConfigMaps with the default names or the label linkerd.io/extension=gcm, and pods and Helm values of linkerd-viz' Prometheus")
	}
	return found, nil
}

// syntaxFindings are what is wrong with files that nobody can read: neither kubectl
// nor Helm, nor the sidecar.
func syntaxFindings(files []manifest.File, broken manifest.SyntaxErrors) []survey.Positioned {
	places := map[string]*manifest.Places{}
	for _, file := range files {
		places[file.Name] = file.Places()
	}
	var findings []survey.Positioned
	for _, e := range broken {
		findings = append(findings, survey.Positioned{
			Finding: lint.Finding{
				Rule: unreadable, Severity: lint.Error, Message: "the file is no YAML: " + e.Reason, Fix: e.Fix,
				Object: lint.Object{Kind: report.File, Name: e.File},
				Line:   e.Line, Column: e.Column, Length: e.Length,
			},
			File: e.File, Source: places[e.File].Line(e.Line),
		})
	}
	return findings
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

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
func (o lintOptions) lintFiles(ctx context.Context, stdin io.Reader, annotations map[string]string, strict bool) (linted, error) {
	files, err := manifest.Read(o.files, stdin)
	var broken manifest.SyntaxErrors
	if err != nil && (strict || !errors.As(err, &broken)) {
		return linted{}, usageError{err}
	}
	input := offline.Input{Files: files, Namespace: o.namespace, Annotations: annotations}
	result, err := input.Lint(ctx, settings.Defaults{SidecarImage: o.sidecarImage})
	if err != nil {
		return linted{}, usageError{err}
	}
	found := linted{findings: syntaxFindings(files, broken), notes: result.Notes, checked: report.Number(len(files), "file") + objectCounts(result.Objects)}
	found.findings = append(found.findings, input.Located(result.Findings)...)
	if len(found.findings) == 0 && len(result.Objects) == 0 {
		found.checked += ": nothing in there has to do with the export"
		found.notes = append(found.notes, "looked for were annotated Namespaces, ConfigMaps with the default names or the label linkerd.io/extension=gcm, and pods and Helm values of linkerd-viz' Prometheus")
	}
	return found, nil
}

// syntaxFindings are what is wrong with files that nobody can read: neither kubectl
// nor Helm, nor the sidecar.
func syntaxFindings(files []manifest.File, broken manifest.SyntaxErrors) []survey.Located {
	places := map[string]*manifest.Places{}
	for _, file := range files {
		places[file.Name] = file.Places()
	}
	var findings []survey.Located
	for _, e := range broken {
		findings = append(findings, survey.Located{
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

// objectCounts says how many objects of which kinds were looked at.
func objectCounts(objects []lint.Object) string {
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
		kinds[i] = report.Number(counts[kind], kind)
	}
	return fmt.Sprintf(" (%s)", strings.Join(kinds, ", "))
}

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// bareFiles are files that are no Kubernetes objects, read as if they were the keys
// of ConfigMaps and all that there is.
type bareFiles struct {
	stdin io.Reader
	// texts are by the objects that findings name.
	texts map[lint.Object]*source.Text
}

// lintBare lints bare files and selectors.
func (o lintOptions) lintBare(stdin io.Reader, annotations map[string]string) (result, error) {
	bare := &bareFiles{stdin, map[lint.Object]*source.Text{}}
	in, err := o.bareInput(bare, annotations)
	if err != nil {
		return result{}, err
	}
	found := result{checked: checkedBare(len(in.Files()), len(o.include))}
	_, annotated := annotations[settings.Include]
	assumed := !annotated && len(o.include) == 0
	if assumed {
		found.notes = append(found.notes, "no --include is given: the files were checked against the annotation's default, "+in.Include[0].Value)
	}
	for _, f := range lint.Check(in).Findings {
		// What the default does not match may be selected by whoever selects.
		if !assumed || f.Rule != "SEL006" {
			found.findings = append(found.findings, bare.locate(f, o.include, annotations))
		}
	}
	return found, nil
}

// checkedBare says what was looked at.
func checkedBare(files, selectors int) string {
	var parts []string
	if files > 0 {
		parts = append(parts, report.Number(files, "file"))
	}
	if selectors > 0 {
		parts = append(parts, report.Number(selectors, "selector"))
	}
	return strings.Join(parts, " and ")
}

func (o lintOptions) bareInput(bare *bareFiles, annotations map[string]string) (lint.Input, error) {
	namespace := lint.Annotated{Object: lint.Object{Kind: survey.Flag, Name: "--annotation"}, Annotations: annotations}
	in := lint.FromAnnotations(namespace, lint.Annotated{}, settings.Defaults{SidecarImage: o.sidecarImage})
	for _, name := range o.rules {
		text, err := bare.read("--rules", name)
		if err != nil {
			return in, err
		}
		in.RuleFiles = append(in.RuleFiles, text)
	}
	in.RulesComplete = len(o.rules) > 0
	if o.sidecarConfig != "" {
		text, err := bare.read("--sidecar-config", o.sidecarConfig)
		if err != nil {
			return in, err
		}
		in.SidecarConfig = &text
	}
	if _, annotated := annotations[settings.Include]; annotated && len(o.include) > 0 {
		return in, usagef("--include is given with the annotation %s: leave one of the two out", settings.Include)
	}
	if len(o.include) > 0 {
		in.Include = nil
	}
	for i, selector := range o.include {
		in.Include = append(in.Include, lint.Text{Value: selector, Object: lint.Object{Kind: survey.Flag, Name: "--include"}, Line: i + 1, Column: 1})
	}
	return in, nil
}

// read reads a file, or stdin where its name is "-".
func (b *bareFiles) read(flag, name string) (lint.Text, error) {
	from := b.stdin
	if name == "-" {
		if b.stdin == nil {
			return lint.Text{}, usagef("%s is \"-\": stdin can be read only once", flag)
		}
		b.stdin, name = nil, "stdin"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return lint.Text{}, usagef("%s is %q: %w", flag, name, err)
		}
		defer file.Close()
		from = file
	}
	content, err := io.ReadAll(io.LimitReader(from, rules.MaxSize+1))
	if err == nil && len(content) > rules.MaxSize {
		err = errors.New("the file is larger than any ConfigMap")
	}
	if err != nil {
		return lint.Text{}, usagef("%s is %q: %w", flag, name, err)
	}
	text := lint.Text{Value: string(content), Object: lint.Object{Kind: report.File, Name: name, Key: filepath.Base(name)}, Line: 1, Column: 1}
	b.texts[text.Object] = source.New(content)
	return text, nil
}

// locate returns a finding with its line: of a file, or of the command line.
func (b *bareFiles) locate(f lint.Finding, include []string, annotations map[string]string) survey.Positioned {
	found := survey.Positioned{Finding: f}
	switch text := b.texts[f.Object]; {
	case text != nil:
		found.File, found.Source = f.Object.Name, text.Line(f.Line)
	case f.Object.Name == "--annotation" && f.Line > 0:
		found.Source = source.New([]byte(annotations[f.Object.Key])).Line(f.Line)
	case f.Object.Name == "--include" && f.Line > 0 && f.Line <= len(include):
		found.Source = include[f.Line-1]
	}
	return found
}

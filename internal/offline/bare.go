package offline

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/linkerd-gcm/linkerd-gcm/internal/input"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

const (
	rulesFlag   = "--rules"
	configFlag  = "--sidecar-config"
	includeFlag = "--include"
)

// BareFiles are files without a Kubernetes object around them: each is read as if it were
// the key of a ConfigMap. Nothing else is known of the namespace.
type BareFiles struct {
	// Rules and SidecarConfig are names of files, or "-" for stdin.
	Rules         []string
	SidecarConfig string
	// Include are selectors.
	Include []string
	// Annotations are those of the command line.
	Annotations map[string]string
}

// Given reports whether there is anything to check.
func (b BareFiles) Given() bool {
	return len(b.Rules) > 0 || b.SidecarConfig != "" || len(b.Include) > 0
}

// Report checks the files. An error means that a file cannot be read, or that the
// selectors are given twice.
func (b BareFiles) Report(stdin io.Reader, defaults settings.Defaults) (survey.Report, error) {
	texts := bareTexts{}
	in, err := b.input(&input.Reader{Stdin: stdin}, texts, defaults)
	if err != nil {
		return survey.Report{}, err
	}
	r := survey.Report{Checked: b.checked(len(in.Files()))}
	_, annotated := b.Annotations[settings.Include]
	assumed := !annotated && len(b.selectors()) == 0
	if assumed {
		in.AssumeInclude()
	}
	result := lint.Check(in)
	r.Sidecars = []settings.Sidecar{result.Sidecar}
	if assumed {
		r.Notes = append(r.Notes, "no --include is given: the files were checked against the annotation's default, "+settings.DefaultInclude)
	}
	if len(b.Rules) == 0 {
		r.Notes = append(r.Notes, "no --rules is given: rules about recorded metrics (REC) were not checked, nor was whether the other files name metrics that exist")
	}
	for _, file := range in.RuleFiles {
		if string(texts[file.Object]().Bytes()) != file.Value {
			r.Notes = append(r.Notes, file.Object.Name+" holds a PrometheusRule, which linkerd-viz' Prometheus does not load: put its groups into a ConfigMap")
		}
	}
	r.Notes = append(r.Notes, survey.Guessed(result, "no --include is given", "no --sidecar-config is given")...)
	for _, f := range result.Findings {
		// Other selectors than the default may well match what the default does not.
		if !assumed || f.Rule != notSelected {
			r.Findings = append(r.Findings, b.position(f, texts))
		}
	}
	return r, nil
}

// checked says what was checked, such as "2 files and 1 selector".
func (b BareFiles) checked(files int) string {
	var parts []string
	if files > 0 {
		parts = append(parts, survey.Number(files, "file"))
	}
	if selectors := b.selectors(); len(selectors) > 0 {
		parts = append(parts, survey.Number(len(selectors), "selector"))
	}
	return strings.Join(parts, " and ")
}

// selectors are those of --include by the number of the flag, without comments and empty ones,
// as in the annotation.
func (b BareFiles) selectors() []lint.Text {
	flag := lint.Object{Kind: survey.Flag, Name: includeFlag}
	var all []lint.Text
	for i, value := range b.Include {
		for range settings.SelectorLines(value) {
			all = append(all, lint.Text{Value: value, Object: flag, Position: source.Position{Line: i + 1, Column: 1}})
			break
		}
	}
	return all
}

func (b BareFiles) input(reader *input.Reader, texts bareTexts, defaults settings.Defaults) (lint.Input, error) {
	in := lint.FromAnnotations(survey.FlagAnnotations(b.Annotations), lint.Annotated{}, defaults)
	for _, name := range b.Rules {
		text, err := readBare(reader, texts, rulesFlag, name)
		if err != nil {
			return in, err
		}
		in.RuleFiles = append(in.RuleFiles, ruleTexts(text, texts)...)
	}
	in.RulesComplete = len(b.Rules) > 0
	if b.SidecarConfig != "" {
		text, err := readBare(reader, texts, configFlag, b.SidecarConfig)
		if err != nil {
			return in, err
		}
		in.SidecarConfig = &text
	}
	if _, annotated := b.Annotations[settings.Include]; annotated && len(b.Include) > 0 {
		return in, fmt.Errorf("%s is given with the annotation %s: leave one of the two out", includeFlag, settings.Include)
	}
	if selectors := b.selectors(); len(selectors) > 0 {
		in.Include = selectors
	}
	return in, nil
}

// bareTexts are the texts of files, for those that a finding is in.
type bareTexts map[lint.Object]func() *source.Text

// readBare reads the file that a flag names.
func readBare(reader *input.Reader, texts bareTexts, flag, name string) (lint.Text, error) {
	content, err := reader.Read(name, rules.MaxSize)
	if errors.Is(err, input.ErrTooLarge) {
		err = errors.New("the file is larger than any ConfigMap")
	}
	if err != nil {
		return lint.Text{}, fmt.Errorf("%s is %q: %w", flag, name, err)
	}
	name = input.Name(name)
	text := lint.Text{Value: string(content), Object: lint.Object{Kind: survey.File, Name: name, Key: filepath.Base(name)}, Position: source.Start}
	texts[text.Object] = sync.OnceValue(func() *source.Text { return source.New(content) })
	return text, nil
}

// ruleTexts returns the rules of a file: the file itself or, where it has objects of kind
// PrometheusRule, the spec of each, at the place where it stands.
func ruleTexts(text lint.Text, texts bareTexts) []lint.Text {
	if !mayHoldKind(text.Value, prometheusRule) {
		return []lint.Text{text}
	}
	file, err := manifest.Split(text.Object.Name, []byte(text.Value))
	if err != nil {
		return []lint.Text{text}
	}
	var all []lint.Text
	for i, document := range file.Documents {
		for _, object := range document.Objects() {
			spec, isMap := file.Alone(i, object.Pointer+"/spec")
			if object.GetKind() != prometheusRule || !isMap {
				continue
			}
			one := text
			one.Value = string(spec)
			if len(all) > 0 {
				one.Object.Key += fmt.Sprintf("#%d", len(all)+1)
				texts[one.Object] = texts[text.Object]
			}
			all = append(all, one)
		}
	}
	if all == nil {
		return []lint.Text{text}
	}
	return all
}

// prometheusRule is the kind of the Prometheus operator's objects with rules.
const prometheusRule = "PrometheusRule"

// mayHoldKind reports whether a text may hold an object of a kind. To read the objects of a
// large file of rules takes as long as to read its rules, and hardly any file has one. YAML
// spells a word otherwise only with a backslash, or in base64 with the tag !!binary.
func mayHoldKind(text, kind string) bool {
	return strings.Contains(text, kind) || strings.Contains(text, `\`) || strings.Contains(text, "binary")
}

// position returns a finding with its line: of a file, or of the command line.
func (b BareFiles) position(f lint.Finding, texts bareTexts) survey.Positioned {
	if value, given := b.Annotations[f.Object.Key]; given && f.Object.Kind == survey.Flag {
		return survey.Overlaid(f, value)
	}
	found := survey.Positioned{Finding: f}
	switch text := texts[f.Object]; {
	case text != nil:
		found.File, found.Source = f.Object.Name, text().Line(f.Line)
	case f.Object.Name == includeFlag && f.Line > 0 && f.Line <= len(b.Include):
		found.Source = b.Include[f.Line-1]
	}
	return found
}

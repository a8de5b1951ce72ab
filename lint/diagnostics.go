package lint

import (
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// origin is where findings come from that no check of a row makes: the package that
// reads a text knows what is wrong with it, and which rule that breaks.
type origin string

const (
	bySettings    origin = "package settings, which reads the annotations"
	bySelectors   origin = "package stackdriver, which reads the selectors"
	byRules       origin = "package rules, which reads the rule files"
	byStackdriver origin = "package stackdriver, which reads the configuration file"
)

// diagnosed are the findings of each origin. This is the only place where diagnostics
// become findings.
func (s *subject) diagnosed() map[origin][]Finding {
	return map[origin][]Finding{
		bySettings:    s.ofSettings(),
		bySelectors:   s.ofSelectors(),
		byRules:       s.ofRules(),
		byStackdriver: s.ofConfig(),
	}
}

// diagnosed makes a finding of what is wrong with a text.
func (t Text) diagnosed(d source.Diagnostic) Finding {
	length := d.Range.Length()
	if d.Range.End.Line > d.Range.Start.Line { // up to the end of the first line
		first := source.New([]byte(t.Value)).Line(d.Range.Start.Line)
		length = utf8.RuneCountInString(first) + 1 - d.Range.Start.Column
	}
	f := t.at(d.Range.Start, length, "%s", d.Message)
	f.Rule, f.Fix = d.Code, d.Fix
	return f
}

// ofSettings are errors, all of them, since no pod can be made of such annotations.
func (s *subject) ofSettings() []Finding {
	var findings []Finding
	for _, d := range s.Problems {
		f := s.annotation(d).diagnosed(d.Diagnostic).as(Error)
		f.Message = d.String()
		findings = append(findings, f)
	}
	return findings
}

// annotation is the value that a diagnostic is about. A value that is missing, or that is
// the injector's own, stands nowhere.
func (s *subject) annotation(d settings.Diagnostic) Text {
	text := Text{Value: d.Value, Object: s.Namespace, Line: 1, Column: 1}
	switch d.Origin {
	case settings.FromPod:
		text.Object = s.Overlay
	case settings.FromServer, settings.FromNowhere:
		text.Line = 0
	}
	text.Object.Key = d.Key
	return text
}

func (s *subject) ofSelectors() []Finding {
	var findings []Finding
	for _, selector := range s.selectors {
		if selector.err == nil || quotedWhole(selector) {
			continue
		}
		d := selector.err.Diagnostic
		d.Message = "selector " + shown(selector.Value) + ": " + d.Message
		findings = append(findings, selector.diagnosed(d))
	}
	return findings
}

func (s *subject) ofRules() []Finding {
	var findings []Finding
	report := func(f *ruleFile, d rules.Diagnostic, what string) {
		d.Message = what + d.Message
		findings = append(findings, f.diagnosed(d.Diagnostic))
	}
	for i := range s.files {
		for _, d := range s.files[i].diagnostics {
			report(&s.files[i], d, "Prometheus does not load the file: ")
		}
	}
	for _, r := range s.records {
		for _, d := range r.rule.Failures {
			report(r.file, d, shown(r.rule.Record)+" is never recorded: ")
		}
	}
	return findings
}

// silent says how severe it is that the sidecar ignores something, where that is not what
// the row says.
var silent = map[stackdriver.ConfigDiagnosticKind]Severity{
	stackdriver.MergeOverride: Warning,
	stackdriver.KeyCase:       Info,
	stackdriver.EmptyConfig:   Info,
}

func (s *subject) ofConfig() []Finding {
	var findings []Finding
	if s.configError != nil {
		findings = append(findings, s.SidecarConfig.diagnosed(s.configError.Diagnostic))
	}
	if s.config != nil {
		for _, d := range s.config.Diagnostics {
			findings = append(findings, s.SidecarConfig.diagnosed(d.Diagnostic).as(silent[d.Kind]))
		}
	}
	return findings
}

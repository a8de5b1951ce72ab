package lint

import (
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// origin is where findings come from that are not from the check of a row: the package
// that reads a text knows what is wrong with it, and which rule that breaks.
type origin string

const (
	bySettings  origin = "package settings, which reads the annotations"
	bySelectors origin = "the packages that read the selectors for either sidecar"
	byRules     origin = "package rules, which reads the rule files"
	byConfig    origin = "the packages that read the configuration file for either sidecar"
)

// diagnosed are the findings of each origin. This is the only place where diagnostics
// become findings.
func (c *context) diagnosed() map[origin][]Finding {
	return map[origin][]Finding{
		bySettings:  c.ofSettings(),
		bySelectors: c.ofSelectors(),
		byRules:     c.ofRules(),
		byConfig:    c.ofConfig(),
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

// ofSettings are errors, all of them, because no pod can be made from such annotations.
func (c *context) ofSettings() []Finding {
	var findings []Finding
	for _, d := range c.Problems {
		f := c.annotation(d).diagnosed(d.Diagnostic).WithSeverity(Error)
		f.Message = d.String()
		findings = append(findings, f)
	}
	return findings
}

// annotation is the value that a diagnostic is about. A value that is missing, or that is
// the injector's own, has no position.
func (c *context) annotation(d settings.Diagnostic) Text {
	text := Text{Value: d.Value, Object: c.Namespace, Position: source.Start}
	switch d.Origin {
	case settings.FromPod:
		text.Object = c.Overlay
	case settings.FromServer, settings.FromNowhere:
		text.Position = source.Position{}
	}
	text.Object.Key = d.Key
	return text
}

func (c *context) ofSelectors() []Finding {
	var findings []Finding
	for _, selector := range c.selectors {
		if selector.err != nil && selector.err != unknown && !c.quotedWhole(selector) {
			findings = append(findings, selector.diagnosed(selector.diagnosis()))
		}
	}
	return findings
}

func (c *context) ofRules() []Finding {
	var findings []Finding
	report := func(f *ruleFile, d rules.Diagnostic, what, why string) {
		d.Message = what + d.Message
		finding := f.diagnosed(d.Diagnostic)
		finding.Reason = why
		findings = append(findings, finding)
	}
	for i := range c.files {
		for _, d := range c.files[i].diagnostics {
			report(&c.files[i], d, "Prometheus does not load the file: ",
				"Prometheus, model/rulefmt, refuses to start with a rule file that it cannot read.")
		}
		if c.files[i].file != nil {
			for _, d := range c.files[i].file.NotRead() {
				report(&c.files[i], d, "", "")
			}
		}
	}
	for _, r := range c.records {
		for _, d := range r.rule.Failures {
			report(r.file, d, quote(r.rule.Record)+" is never recorded: ",
				"Prometheus, rules/manager.go, records nothing for a rule whose evaluation fails.")
		}
	}
	return findings
}

func (c *context) ofConfig() []Finding {
	var findings []Finding
	for _, d := range c.file.diagnostics {
		findings = append(findings, c.SidecarConfig.diagnosed(d).WithSeverity(Error))
	}
	if c.configError != nil {
		findings = append(findings, c.SidecarConfig.diagnosed(c.configError.Diagnostic))
	}
	if c.config != nil {
		for _, d := range c.config.Diagnostics {
			findings = append(findings, c.SidecarConfig.diagnosed(d.Diagnostic).WithSeverity(severityOfEffect(d.Effect())))
		}
	}
	return findings
}

// severityOfEffect returns "" where the severity of the row holds.
func severityOfEffect(effect stackdriver.ConfigEffect) Severity {
	switch effect {
	case stackdriver.Overrides:
		return Warning
	case stackdriver.Harmless:
		return Info
	}
	return ""
}

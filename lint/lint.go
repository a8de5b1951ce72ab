// Package lint finds what would lose data between linkerd-viz' Prometheus and
// Google Cloud Monitoring: in the annotations, in the selectors, in the
// sidecar's configuration, in the recording rules, in the pod, and between them.
//
// Every rule is a row of the table Rules. A rule looks only at what it was
// given: if a file is missing, nothing is claimed that could only be known from it.
//
// The package reads no files and asks no cluster: its callers do. It does not decide
// what happens because of a finding; packages inject and check do. What is wrong with
// one text alone is found by the package that parses the text: settings, rules and, as
// the sidecar is, exporter/configuration or stackdriver.
package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Result is what Check says of an input.
type Result struct {
	// Sidecar is the one that was judged.
	Sidecar settings.Sidecar
	// Findings come in one order, whatever the order of the input.
	Findings []Finding
	// Unreadable are the objects whose text the program that it is for cannot read at
	// all: what else is wrong with it is not known.
	Unreadable []Object
	// Assumed are the recorded metrics that no selector matches, and that were checked all
	// the same because the selectors are a guess.
	Assumed []string
	// Unrenamed are the recorded metrics that have a colon in their names, and that Google
	// Cloud Monitoring refuses unless the sidecar's configuration, which is not given, renames
	// them (REN001).
	Unrenamed []string
}

// Check runs every rule of the table. What is wrong with a text itself was found when
// the text was parsed, and is reported under the rules that it breaks.
func Check(in Input) Result {
	s := newContext(in)
	var findings []Finding
	for _, some := range s.diagnosed() {
		findings = append(findings, some...)
	}
	for _, rule := range Rules {
		if rule.concerns(s.program) {
			findings = append(findings, rule.findings(s)...)
		}
	}
	for i, f := range findings {
		of, _ := Find(f.Rule)
		findings[i].Severity = cmp.Or(f.Severity, of.Severity)
		if s.byExporter() {
			findings[i].Reason = cmp.Or(f.Reason, of.ExporterWhy)
		}
		findings[i].Message, findings[i].Fix = excerpt.Escape(f.Message+unfilled(f.Message)), excerpt.Escape(f.Fix)
	}
	return Result{Sidecar: s.program, Findings: sorted(s.withinLines(findings)), Unreadable: s.unreadable(), Assumed: s.assumed(), Unrenamed: s.unrenamed()}
}

// assumed are the recorded metrics that were checked because the selectors are a guess.
func (c *context) assumed() []string {
	return c.namesOf(func(r record) bool { return r.assumed })
}

// unrenamed are the recorded metrics that need another name, where it is not known whether
// they get one.
func (c *context) unrenamed() []string {
	if c.SidecarConfig != nil || c.byExporter() {
		return nil
	}
	return c.namesOf(func(r record) bool { return r.exported() && strings.Contains(r.rule.Record, ":") })
}

// namesOf are the names of some recorded metrics, each once.
func (c *context) namesOf(some func(record) bool) []string {
	var names []string
	for _, r := range c.records {
		if some(r) {
			names = append(names, r.rule.Record)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// findings are those of the rule's check.
func (r Rule) findings(c *context) []Finding {
	if r.check == nil {
		return nil
	}
	findings := r.check(c)
	for i := range findings {
		findings[i].Rule = r.ID
	}
	return findings
}

func (c *context) unreadable() []Object {
	var objects []Object
	for _, f := range c.files {
		if len(f.diagnostics) > 0 {
			objects = append(objects, f.Object)
		}
	}
	if c.SidecarConfig != nil && !c.configReadable() {
		objects = append(objects, c.SidecarConfig.Object)
	}
	return objects
}

// Package lint finds what would lose data between linkerd-viz' Prometheus and
// Google Cloud Monitoring: in the annotations, in the selectors, in the
// sidecar's configuration, in the recording rules, in the pod, and between them.
//
// Every rule is a row of the table Rules. A rule looks only at what it was
// given: where a file is not at hand, what could only be said with it is not said.
package lint

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Input is what is looked at. Whatever is absent is not judged.
type Input struct {
	// Settings and Problems are what settings.Parse returned.
	Settings settings.Settings
	Problems []settings.Diagnostic
	// Namespace is the object whose annotations Settings were read from, and
	// Overlay the one, if any, whose annotations came before them.
	Namespace, Overlay Object
	// Include are the selectors, each where it stands.
	Include []Text
	// SidecarImage is the image of the sidecar that is to be injected.
	SidecarImage Text
	// RuleFiles are the recording rules that Prometheus loads.
	RuleFiles []Text
	// SidecarConfig is the sidecar's configuration file; nil where it is not at hand.
	SidecarConfig *Text
	// Missing are ConfigMaps or keys of them that are asked for but do not exist.
	Missing []Missing
	// Pod is the pod, before or after injection; nil where it is not at hand.
	Pod *Pod
	// RulesComplete says that RuleFiles are all that Prometheus loads, so that a name
	// which none of them records is recorded nowhere.
	RulesComplete bool
}

// Files are all files of the input: the rules, then the sidecar's configuration.
func (in Input) Files() []Text {
	files := slices.Clone(in.RuleFiles)
	if in.SidecarConfig != nil {
		files = append(files, *in.SidecarConfig)
	}
	return files
}

// Text is a text and where it stands.
type Text struct {
	Value  string
	Object Object
	// Line is where the text begins in the value of the object's key, counted from
	// 1. Selectors of the annotation follow each other line by line. It is 0 for a
	// default, which stands nowhere.
	Line int
	// Column is the first column, counted from 1.
	Column int
}

// Missing is something that settings name and that does not exist.
type Missing struct {
	Object Object
	// Keys are the keys that the ConfigMap has instead; nil where there is no
	// ConfigMap.
	Keys []string
}

// Pod is a pod, or a workload's template of one.
type Pod struct {
	Object Object
	// Path leads from the object to the pod's spec: "spec" for a pod,
	// "spec.template.spec" for a Deployment.
	Path string
	Spec *corev1.PodSpec
}

// Result is what Check says of an input.
type Result struct {
	// Findings come in one order, whatever the order of the input.
	Findings []Finding
	// Unreadable are the objects whose text the program that it is for cannot read at
	// all: nobody can say what else is wrong with it.
	Unreadable []Object
}

// Check runs every rule of the table.
//
// What is wrong with the texts themselves has been found when they were parsed, and what
// is missing when it was looked for; it counts under the rules that it breaks, such as
// CFG004, POD004 or POD005. A check may name another rule in a finding as well, where
// what it looked at is that rule's case.
func Check(in Input) Result {
	s := newSubject(in)
	findings := append(s.diagnosed(), s.missingFindings()...)
	for _, rule := range Rules {
		if rule.check == nil {
			continue
		}
		for _, f := range rule.check(s) {
			if f.Rule == "" {
				f.Rule = rule.ID
			}
			findings = append(findings, f)
		}
	}
	for i, f := range findings {
		if f.Severity == "" {
			of, _ := Find(f.Rule)
			findings[i].Severity = of.Severity
		}
		findings[i].Message, findings[i].Fix = excerpt.Escape(f.Message), excerpt.Escape(f.Fix)
	}
	return Result{Findings: sorted(s.withinLines(findings)), Unreadable: s.unreadable()}
}

// Errors reports whether any of the findings blocks.
func Errors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

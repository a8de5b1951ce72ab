package lint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// UnknownAnnotation is the rule against annotations under our prefix that nobody reads.
const UnknownAnnotation = "SET001"

var settingsRules = []Rule{
	{
		ID: UnknownAnnotation, Severity: Error,
		Title: "every annotation under gcm.linkerd.io/ is a known one",
		Why:   "gcm-injector reads only the annotations of its table (settings/annotations.go); a misspelt one would change nothing, and the default would hold in its place.",
	},
	{
		ID: "SET002", Severity: Error,
		Title: "every annotation has a value that it takes",
		Why:   "gcm-injector turns annotations into flags, mounts and fields of the pod; a value that is none of these would keep the pod or the sidecar from starting.",
	},
	{
		ID: "SET003", Severity: Error,
		Title: "the annotations without a default are given",
		Why:   "Google publishes no image of stackdriver-prometheus-sidecar, so there is nothing to run where neither the annotation sidecar-image nor the injector's --sidecar-image names one.",
	},
	{
		ID: "SET004", Severity: Error,
		Title: "nothing else is mounted where a rule file is",
		Why:   "Each rule file is mounted at /etc/prometheus/<key>; Kubernetes refuses a container with two mounts at one path.",
		check: checkRuleMounts,
	},
}

// checkRuleMounts finds mounts of the pod's own where rule files are to be mounted.
func checkRuleMounts(s *subject) []Finding {
	p, found := s.prometheus()
	if !found || s.sidecar != nil || !s.Settings.Enabled {
		return nil
	}
	var findings []Finding
	for _, taken := range patches.TakenRuleMounts(p.container, s.Settings.RecordingRules) {
		object := p.object
		object.Key += fmt.Sprintf(".volumeMounts[%d]", taken.Index)
		findings = append(findings, Text{Object: object}.at(source.Position{}, 0, "%s", taken.Message).fixed("%s", taken.Fix))
	}
	return findings
}

// Which rule a problem of the annotations breaks: an annotation with a rule of its
// own breaks that, others break that of their fault.
var (
	faultRules = map[settings.Fault]string{
		settings.UnknownKey:    UnknownAnnotation,
		settings.MissingValue:  "SET003",
		settings.FileTwice:     "SET004",
		settings.NoSelector:    "SEL007",
		settings.FileNotLoaded: "REC018",
	}
	keyRules = map[string]string{
		settings.ProjectID:              "CFG004",
		settings.Location:               "CFG006",
		settings.ClusterName:            "CFG006",
		settings.MetricsPrefix:          "CFG013",
		settings.SidecarImagePullPolicy: "POD004",
	}
)

func ruleOf(p settings.Problem) string {
	byKey, hasKey := keyRules[p.Key]
	byFault, hasFault := faultRules[p.Fault]
	switch {
	case hasKey && p.Fault != settings.UnknownKey:
		return byKey
	case hasFault:
		return byFault
	default:
		return "SET002"
	}
}

// problemFindings makes findings of what settings.Parse complained of. All of it
// blocks, since no pod can be made of it.
func (s *subject) problemFindings() []Finding {
	var findings []Finding
	for _, p := range s.Problems {
		f := s.problemText(p).whole("%s", p.Error()).as(Error)
		if start := strings.Index(p.Value, p.Part); p.Part != "" && start >= 0 && f.Line > 0 {
			f.Column, f.Length = 1+utf8.RuneCountInString(p.Value[:start]), utf8.RuneCountInString(p.Part)
		}
		f.Rule = ruleOf(p)
		findings = append(findings, f)
	}
	return findings
}

// problemText is the value that a problem is about. A value that is missing, or
// that is the injector's own, stands nowhere.
func (s *subject) problemText(p settings.Problem) Text {
	text := Text{Value: p.Value, Object: s.Namespace, Line: 1, Column: 1}
	switch p.Source {
	case settings.FromPod:
		text.Object = s.Overlay
	case settings.FromServer, settings.FromNowhere:
		text.Line = 0
	}
	text.Object.Key = p.Key
	return text
}

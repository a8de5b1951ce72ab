package lint

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

var setRules = []Rule{
	{
		ID: "SET001", Severity: Error, Concern: Both,
		Title: "every annotation under gcm.linkerd.io/ is a known annotation",
		Why:   "gcm-injector reads only the annotations of its table (settings/annotations.go); a misspelt one would have no effect, and the default would be used instead.",
		from:  bySettings,
	},
	{
		ID: "SET002", Severity: Error, Concern: Both,
		Title: "every annotation has a valid value",
		Why:   "gcm-injector turns annotations into flags, mounts and fields of the pod; a value that is not valid there would keep the pod or the sidecar from starting.",
		from:  bySettings,
	},
	{
		ID: "SET003", Severity: Error, Concern: Impossible,
		Title:    "every annotation that is required is set",
		Why:      "Google publishes no image of stackdriver-prometheus-sidecar, so there is nothing to run if neither the annotation sidecar-image nor the injector's --sidecar-image names one.",
		Exporter: "is in the image of the injector, so that there always is one",
		from:     bySettings,
	},
	{
		ID: "SET004", Severity: Error, Concern: Both,
		Title: "nothing else is mounted where a rule file is",
		Why:   "Each rule file is mounted at /etc/prometheus/<key>; Kubernetes refuses a container with two mounts at one path.",
		check: checkRuleMounts,
		from:  bySettings,
	},
	{
		ID: "SET005", Severity: Warning, Concern: ExporterOnly,
		Title: "the name of the sidecar's image tells which sidecar it is, or the annotation sidecar does",
		Why:   "gcm-injector runs the program /gcm-exporter of an image, unless the image is named stackdriver-prometheus-sidecar or the annotation sidecar says so (settings/sidecar.go). In an image that does not have it, the container cannot start, and Prometheus' pod is not ready.",
		check: checkImageName,
	},
}

// checkImageName finds an image that may be of Google's sidecar under another name, from before
// there was another sidecar.
func checkImageName(c *context) []Finding {
	if c.sidecar != nil || !c.Settings.Enabled || !c.Settings.Guessed || c.SidecarImage.Position.Line == 0 || c.hasProblem(settings.SidecarImage) {
		return nil
	}
	return []Finding{c.SidecarImage.atText("image %s may have either sidecar, and gcm-exporter is assumed", quote(c.SidecarImage.Value)).
		WithFix("say which one: set %s to %s or %s", settings.SidecarName, settings.GCMExporter, settings.Stackdriver)}
}

// UnknownAnnotation is the rule against annotations under our prefix that do not exist.
const UnknownAnnotation = "SET001"

// checkRuleMounts finds mounts of the pod's own where rule files are to be mounted.
func checkRuleMounts(c *context) []Finding {
	p, found := c.prometheus()
	notMounted := c.Settings.OptionalRules && len(c.RuleFiles) == 0
	if !found || c.sidecar != nil || !c.Settings.Enabled || notMounted {
		return nil
	}
	var findings []Finding
	for _, taken := range patches.TakenRuleMounts(p.container, c.Settings.RecordingRules) {
		object := p.object
		object.Key += fmt.Sprintf(".volumeMounts[%d]", taken.Index)
		findings = append(findings, Text{Object: object}.at(source.Position{}, 0, "%s", taken.Message).WithFix("%s", taken.Fix))
	}
	return findings
}

package lint

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

var podAccessRules = []Rule{
	{
		ID: "POD001", Severity: Error, Concern: Both,
		Title:       "the sidecar may write in the directory of the write-ahead log",
		Why:         "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress there and ends with status 0 if it cannot. Prometheus (tsdb/wlog/wlog.go) creates the directory so that only its own uid may write.",
		Exporter:    "runs on and says so, but forgets at a restart what it has sent",
		ExporterWhy: "gcm-exporter, exporter/state, keeps what it must know after a restart beside the log; where it cannot, a restart loses what was older than ten minutes and not sent. Prometheus (tsdb/wlog/wlog.go) creates the directory so that only its own uid may write.",
		check:       checkUser,
	},
	{
		ID: "POD002", Severity: Error, Concern: Both,
		Title:       "the sidecar mounts Prometheus' data for writing",
		Why:         "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress beside the log and ends with status 0 if it cannot.",
		Exporter:    "runs on and says so, but forgets at a restart what it has sent",
		ExporterWhy: "gcm-exporter, exporter/state, keeps what it must know after a restart beside the log; where it cannot, a restart loses what was older than ten minutes and not sent.",
		check:       checkReadOnly,
	},
	{
		ID: "POD010", Severity: Info, Concern: Impossible,
		Title:       "the sidecar waits for Prometheus to create the write-ahead log",
		Why:         "On a new volume there is no log yet; stackdriver-prometheus-sidecar, tail/tail.go, then exits with status 1, and the kubelet starts it again until there is.",
		Exporter:    "waits for a log that is not there yet",
		Undecidable: "Which of the two containers is faster is known only when they run, and a restart solves it.",
	},
}

// checkUser finds a sidecar that may not write where it keeps its progress.
func checkUser(c *context) []Finding {
	p, found := c.prometheus()
	if c.sidecar == nil || !found || p.unsuitable != nil {
		return nil
	}
	findings := c.wrongUser(p)
	if c.byExporter() { // it runs on
		for i := range findings {
			findings[i] = findings[i].WithReason("").WithSeverity(Warning)
		}
	}
	return findings
}

// wrongUser finds a sidecar that may not write beside Prometheus' log.
func (c *context) wrongUser(p prometheus) []Finding {
	name := c.sidecar.container.Name
	user, path := c.sidecarUser()
	fix := fmt.Sprintf("set securityContext.runAsUser: %d", p.facts.User)
	switch {
	case user == nil:
		return []Finding{c.sidecar.atText("container %q has no runAsUser; only uid %d and root may write its progress file beside the log", name, p.facts.User).
			WithReason("Without runAsUser the image decides who the sidecar is. Only the uid of Prometheus may write in the directory of the log (tsdb/wlog/wlog.go), and without its progress file the sidecar ends with status 0.").
			WithSeverity(Warning).WithFix("%s", fix)}
	case *user == p.facts.User:
		return nil
	case *user != 0:
		return []Finding{c.atUser(path, "container %q runs as uid %d, but only uid %d may write its progress file beside the log", name, *user, p.facts.User).WithFix("%s", fix)}
	case c.sidecar.overridesPermissions():
		return nil
	}
	return []Finding{c.atUser(path, "container %q runs as root without the capability DAC_OVERRIDE, and may not write in the directory of uid %d", name, p.facts.User).
		WithReason("Without DAC_OVERRIDE, root has no more permissions than others have, and Prometheus (tsdb/wlog/wlog.go) lets only its own uid write beside its log.").WithFix("%s", fix)}
}

// sidecarUser returns the uid that the pod gives the sidecar, nil for that of its
// image, and the path to it in the pod's spec, "" for one in the container.
func (c *context) sidecarUser() (user *int64, path string) {
	if container := c.sidecar.container.SecurityContext; container != nil && container.RunAsUser != nil {
		return container.RunAsUser, ""
	}
	if container := c.Pod.Spec.SecurityContext; container != nil && container.RunAsUser != nil {
		return container.RunAsUser, ".securityContext.runAsUser"
	}
	return nil, ""
}

// atUser is a finding at the uid: in the pod's spec, or in the container.
func (c *context) atUser(inPod, format string, args ...any) Finding {
	f := c.sidecar.field("securityContext.runAsUser", format, args...)
	if inPod != "" {
		f.Object.Key = c.Pod.Path + inPod
	}
	return f
}

// overridesPermissions reports whether root in the container may write in others'
// directories.
func (g *existingSidecar) overridesPermissions() bool {
	c := g.container.SecurityContext
	if c == nil || c.Capabilities == nil {
		return true
	}
	const all, override = "ALL", "DAC_OVERRIDE"
	names := func(list []corev1.Capability) bool {
		return slices.Contains(list, all) || slices.Contains(list, override)
	}
	return names(c.Capabilities.Add) || !names(c.Capabilities.Drop)
}

// checkReadOnly finds a mount of the log that the sidecar cannot write to.
func checkReadOnly(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	given, isGiven := c.sidecar.first(walFlag)
	directory := given.Value
	if p, found := c.prometheus(); !isGiven && found {
		directory = p.facts.WALDirectory
	}
	if directory == "" || given.Unknown {
		return nil
	}
	mount, i := podspec.MountOf(c.sidecar.container, directory)
	if i < 0 || !mount.ReadOnly {
		return nil
	}
	f := c.sidecar.field(fmt.Sprintf("volumeMounts[%d].readOnly", i),
		"container %q mounts volume %q read-only, and cannot write its progress file beside the log", c.sidecar.container.Name, mount.Name).WithFix("remove readOnly")
	if c.byExporter() { // it runs on
		f = f.WithSeverity(Warning)
	}
	return []Finding{f}
}

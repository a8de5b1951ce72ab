package lint

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

var podAccessRules = []Rule{
	{
		ID: "POD001", Severity: Error,
		Title: "the sidecar may write in the directory of the write-ahead log",
		Why:   "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress there and ends with status 0 where it cannot. Prometheus (tsdb/wlog/wlog.go) makes the directory so that only its own uid may write.",
		check: checkUser,
	},
	{
		ID: "POD002", Severity: Error,
		Title: "the sidecar mounts Prometheus' data for writing",
		Why:   "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress beside the log and ends with status 0 where it cannot.",
		check: checkReadOnly,
	},
	{
		ID: "POD010", Severity: Info,
		Title:       "the sidecar waits for Prometheus to make the write-ahead log",
		Why:         "On a new volume there is no log yet; stackdriver-prometheus-sidecar, tail/tail.go, then exits with status 1, and the kubelet starts it again until there is.",
		Undecidable: "Which of the two containers is faster is known only when they run, and the restart mends it.",
	},
}

// checkUser finds a sidecar that may not write where it keeps its progress.
func checkUser(s *subject) []Finding {
	p, found := s.prometheus()
	if s.sidecar == nil || !found || p.obstacle != nil {
		return nil
	}
	name := s.sidecar.container.Name
	user, path := s.sidecarUser()
	fix := fmt.Sprintf("set securityContext.runAsUser: %d", p.facts.User)
	switch {
	case user == nil:
		return []Finding{s.sidecar.whole("container %q does not say as whom it runs; only uid %d and root may write its progress file beside the log", name, p.facts.User).
			as(Warning).fixed("%s", fix)}
	case *user == p.facts.User:
		return nil
	case *user != 0:
		return []Finding{s.atUser(path, "container %q runs as uid %d, but only uid %d may write its progress file beside the log", name, *user, p.facts.User).fixed("%s", fix)}
	case s.sidecar.overridesPermissions():
		return nil
	}
	return []Finding{s.atUser(path, "container %q runs as root without the capability DAC_OVERRIDE, and may not write in the directory of uid %d", name, p.facts.User).fixed("%s", fix)}
}

// sidecarUser returns the uid that the pod gives the sidecar, nil for that of its
// image, and the path to it in the pod's spec, "" for one in the container.
func (s *subject) sidecarUser() (user *int64, path string) {
	if c := s.sidecar.container.SecurityContext; c != nil && c.RunAsUser != nil {
		return c.RunAsUser, ""
	}
	if c := s.Pod.Spec.SecurityContext; c != nil && c.RunAsUser != nil {
		return c.RunAsUser, ".securityContext.runAsUser"
	}
	return nil, ""
}

// atUser is a finding at the uid: in the pod's spec, or in the container.
func (s *subject) atUser(inPod, format string, args ...any) Finding {
	f := s.sidecar.field("securityContext.runAsUser", format, args...)
	if inPod != "" {
		f.Object.Key = s.Pod.Path + inPod
	}
	return f
}

// overridesPermissions reports whether root in the container may write in others'
// directories.
func (g *givenSidecar) overridesPermissions() bool {
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
func checkReadOnly(s *subject) []Finding {
	if s.sidecar == nil {
		return nil
	}
	directory := s.sidecar.value(walFlag)
	if p, found := s.prometheus(); directory == "" && found {
		directory = p.facts.WALDirectory
	}
	if directory == "" || ofKubelet(directory) {
		return nil
	}
	mount, i := mountOf(s.sidecar.container, directory)
	if i < 0 || !mount.ReadOnly {
		return nil
	}
	return []Finding{s.sidecar.field(fmt.Sprintf("volumeMounts[%d].readOnly", i),
		"container %q mounts volume %q read-only, and cannot write its progress file beside the log", s.sidecar.container.Name, mount.Name).fixed("remove readOnly")}
}

package lint

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var podFilesRules = []Rule{
	{
		ID: "POD005", Severity: Error,
		Title: "the ConfigMaps that the pod mounts exist, with their keys",
		Why:   "The kubelet (k8s.io/kubernetes, pkg/volume/configmap/configmap.go) keeps a pod waiting in ContainerCreating for a ConfigMap or a key that does not exist.",
		from:  byMissing,
	},
	{
		ID: "POD006", Severity: Warning,
		Title:       "a pod runs with the ConfigMaps as they are now",
		Why:         "The kubelet does not update mounts with subPath, and stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, reads its file once: a change holds from the next pod on.",
		Undecidable: "Files don't say when a pod was started; linkerd-gcm check compares the running pod with its ConfigMaps.",
	},
}

// missingFindings makes findings of what is asked for and does not exist. A pod
// that mounts it would wait for it for ever, without an event that says so.
func (s *subject) missingFindings() []Finding {
	var findings []Finding
	for _, m := range s.Missing {
		name := m.Object.FullName()
		f := Finding{Rule: "POD005", Severity: Error, Object: m.Object}
		if m.Keys == nil {
			f.Message = fmt.Sprintf("ConfigMap %s does not exist", name)
			f.Fix = "create it (linkerd-gcm generate prints one) or name another in the annotations"
		} else {
			f.Message = fmt.Sprintf("ConfigMap %s has no key %q, only [%s]", name, m.Object.Key, several(m.Keys))
			f.Fix = "add the key or name another in the annotations"
			if (settings.ObjectKey{Name: m.Object.Name, Key: m.Object.Key}) == s.Settings.SidecarConfig {
				f.Rule = "CFG001"
			}
		}
		findings = append(findings, f)
	}
	return findings
}

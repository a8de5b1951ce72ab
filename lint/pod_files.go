package lint

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var podFilesRules = []Rule{
	{
		ID: "POD005", Severity: Error, Concern: Both,
		Title:    "the ConfigMaps that the pod mounts exist, with their keys",
		Why:      "The kubelet (k8s.io/kubernetes, pkg/volume/configmap/configmap.go) keeps a pod waiting in ContainerCreating for a ConfigMap or a key that does not exist.",
		Exporter: "needs none of those with the default names",
		check:    checkFilesExist,
	},
	{
		ID: "POD006", Severity: Warning, Concern: Both,
		Title:       "a pod runs with the ConfigMaps as they are now",
		Why:         "The kubelet does not update mounts with subPath, and stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, reads its file once: a change has an effect from the next pod on.",
		Exporter:    "reads its own file again when that changes; rule files are mounted as before",
		ExporterWhy: "The kubelet does not update mounts with subPath, as those of rule files are: a change has an effect from the next pod on. gcm-exporter, exporter/reload.go, reads its own file again when it changes.",
		Undecidable: "The files do not say when a pod was started; linkerd-gcm check compares the running pod with its ConfigMaps.",
	},
}

func checkFilesExist(c *context) []Finding { return append(c.renamedFiles(), checkMissingFiles(c)...) }

// renamedFiles finds ConfigMaps and Secrets whose name kustomize has changed, which it also
// does where the pod's own volumes name them, but not in annotations.
func (c *context) renamedFiles() []Finding {
	var findings []Finding
	for _, r := range c.Renamed {
		where := "the annotations name"
		if !c.Settings.Enabled {
			where = "the pod names"
		}
		findings = append(findings, r.Finding(where))
	}
	return findings
}

// checkMissingFiles finds ConfigMaps and keys that are asked for and do not exist. A
// missing key of the sidecar's configuration is CFG001's.
func checkMissingFiles(c *context) []Finding {
	var findings []Finding
	for _, m := range c.Missing {
		switch {
		case m.Keys == nil:
			findings = append(findings, Finding{
				Object: m.Object, Message: fmt.Sprintf("ConfigMap %s does not exist", m.Object.FullName()),
				Fix: "create it (linkerd-gcm generate prints one) or name another in the annotations",
			})
		case !c.isSidecarConfig(m):
			findings = append(findings, m.key())
		}
	}
	return findings
}

// isSidecarConfig reports whether the sidecar's configuration is what is missing.
func (c *context) isSidecarConfig(m Missing) bool {
	return settings.ObjectKey{Name: m.Object.Name, Key: m.Object.Key} == c.Settings.SidecarConfig
}

// key is the finding that a ConfigMap lacks a key.
func (m Missing) key() Finding {
	return Finding{
		Object: m.Object, Message: fmt.Sprintf("ConfigMap %s has no key %q, only [%s]", m.Object.FullName(), m.Object.Key, summarize(m.Keys)),
		Fix: "add the key or name another in the annotations",
	}
}

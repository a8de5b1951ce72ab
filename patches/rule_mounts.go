package patches

import (
	"fmt"
	"path"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/viz"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// RuleMount is a mount that stands where a rule file belongs.
type RuleMount struct {
	// Index is its place among the container's mounts.
	Index int
	// Message says what is wrong, and Fix what to do.
	Message, Fix string
}

// TakenRuleMounts returns Prometheus' mounts that stand where rule files belong:
// Kubernetes refuses two mounts at one path.
func TakenRuleMounts(c *corev1.Container, files []settings.ObjectKey) []RuleMount {
	var taken []RuleMount
	for _, file := range files {
		at := path.Join(viz.RulesDirectory, file.Key)
		i := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return path.Clean(m.MountPath) == at })
		if i >= 0 {
			taken = append(taken, RuleMount{
				i,
				fmt.Sprintf("container %q mounts volume %q at %s already, where the rule file %s belongs", c.Name, c.VolumeMounts[i].Name, at, file.Key),
				fmt.Sprintf("rename the key and name it in the annotation %s, set that annotation to \"\" to mount none, or drop the other mount "+
					"(in linkerd-viz' values: prometheus.ruleConfigMapMounts)", settings.RecordingRules),
			})
		}
	}
	return taken
}

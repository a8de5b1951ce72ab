package check

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var foreignSidecarCheck = Check{
	ID: "foreign-sidecar", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars are those of linkerd-gcm",
	Means:       "A pod has a sidecar from linkerd-viz' values, or one that was added by hand. It is left as it is: annotations and ConfigMaps have no effect on it.",
	Do:          "[migration.md](migration.md) says how to replace it.",
	run:         sidecarsAreOurs,
}

func sidecarsAreOurs(ctx context.Context, r *runContext) error {
	return r.eachPod(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if _, recorded := pod.Annotations[settings.Status]; recorded || container == nil {
			return nil, nil
		}
		return []string{fmt.Sprintf("pod %s/%s has a container %s that linkerd-gcm did not add: remove it from linkerd-viz' values and upgrade linkerd-viz, and the injector adds its own",
			v.Name, pod.Name, container.Name)}, nil
	})
}

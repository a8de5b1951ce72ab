package patches

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// conflict returns what in the pod stands where an addition belongs.
func conflict(pod *corev1.PodSpec, c *corev1.Container, s settings.Settings, a additions) *Refusal {
	if taken := TakenRuleMounts(c, s.RecordingRules); len(taken) > 0 {
		return refuse(MountPathTaken, "%s; %s", taken[0].Message, taken[0].Fix)
	}
	for _, volume := range a.volumes {
		if slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			return refuse(VolumeNameTaken, "the pod has a volume %q already, but not the container %q that comes with it; rename or remove the volume",
				volume.Name, stackdriver.Name)
		}
	}
	for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for _, other := range containers {
			if slices.ContainsFunc(other.Ports, func(p corev1.ContainerPort) bool {
				return p.ContainerPort == stackdriver.Port && p.Protocol != corev1.ProtocolUDP
			}) {
				return refuse(PortTaken, "container %q claims port %d, on which the sidecar serves its metrics; move it to another port",
					other.Name, stackdriver.Port)
			}
		}
	}
	return nil
}

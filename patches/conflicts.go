package patches

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// conflict returns what in the pod takes the place of an addition, or nil. Without it,
// Kubernetes would refuse the pod with its additions, whatever on-invalid says.
func conflict(pod *corev1.PodSpec, c *corev1.Container, s settings.Settings, a additions) *UnsuitablePodError {
	if pod.OS != nil && pod.OS.Name == corev1.Windows {
		return unsuitable(NotLinux, "the pod's spec.os is %q, and the sidecar runs on Linux only", pod.OS.Name)
	}
	if taken := takenSidecarMount(a.container.VolumeMounts); taken != nil {
		return taken
	}
	if taken := TakenRuleMounts(c, s.RecordingRules); len(taken) > 0 {
		return unsuitable(MountPathTaken, "%s; %s", taken[0].Message, taken[0].Fix)
	}
	for _, volume := range a.volumes {
		if slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			return unsuitable(VolumeNameTaken, "the pod has a volume %q already, but not the container %q that comes with it; rename or remove the volume",
				volume.Name, a.container.Name)
		}
	}
	if claims := podspec.PortClaims(pod, stackdriver.Port, nil); len(claims) > 0 {
		return unsuitable(PortTaken, "container %q claims port %d, on which the sidecar serves its metrics; move it to another port",
			claims[0].Container, stackdriver.Port)
	}
	return tooLow(pod, a.container.Resources)
}

// takenSidecarMount returns what is wrong where the volume of the write-ahead log, the
// first of the sidecar's mounts, is at the place of another one, or nil.
func takenSidecarMount(mounts []corev1.VolumeMount) *UnsuitablePodError {
	wal := path.Clean(mounts[0].MountPath)
	for _, mount := range mounts[1:] {
		if wal == mount.MountPath || strings.HasPrefix(wal, mount.MountPath+"/") {
			return unsuitable(MountPathTaken, "the write-ahead log is on volume %q at %s, where the sidecar mounts volume %q; mount it elsewhere",
				mounts[0].Name, wal, mount.Name)
		}
	}
	return nil
}

// RuleMount is a mount of Prometheus' where a rule file belongs.
type RuleMount struct {
	// Index is its place among the container's mounts.
	Index int
	// Message says what is wrong, and Fix what to do.
	Message, Fix string
}

// TakenRuleMounts returns Prometheus' mounts at the paths of rule files: Kubernetes
// refuses two mounts at one path.
func TakenRuleMounts(c *corev1.Container, files []settings.ObjectKey) []RuleMount {
	var taken []RuleMount
	for _, file := range files {
		at := rulePath(file)
		i := slices.IndexFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return path.Clean(m.MountPath) == at })
		if i >= 0 {
			taken = append(taken, RuleMount{
				i,
				fmt.Sprintf("container %q mounts volume %q at %s already, where the rule file %s belongs", c.Name, c.VolumeMounts[i].Name, at, file.Key),
				fmt.Sprintf("rename the key and name it in the annotation %s, set that annotation to \"\" to mount none, or remove the other mount "+
					"(in linkerd-viz' values: prometheus.ruleConfigMapMounts)", settings.RecordingRules),
			})
		}
	}
	return taken
}

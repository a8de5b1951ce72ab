package check

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

var restartsCheck = Check{
	ID: "restarts", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars do not restart",
	Means:       "A sidecar runs now, but has exited before, later than in the first minutes of its pod. Counters of Google's sidecar begin again with each start; gcm-exporter goes on where it was.",
	Do:          "`kubectl -n linkerd-viz logs deployment/prometheus -c gcm-exporter --previous`; Google's sidecar is in container `stackdriver-prometheus-sidecar`.",
	run:         sidecarsStay,
}

func sidecarsStay(ctx context.Context, r *runContext) error {
	return r.eachSidecar(ctx, restarted)
}

// restarted says that a sidecar which runs has exited before, for another reason than
// that it started before Prometheus.
func restarted(pod *corev1.Pod, s corev1.ContainerStatus) string {
	if s.State.Running == nil || s.RestartCount == 0 || !isExporter(s.Name) && early(pod, s) {
		return ""
	}
	text := fmt.Sprintf("container %s has restarted %d times", s.Name, s.RestartCount)
	if s.RestartCount == 1 {
		text = fmt.Sprintf("container %s has restarted once", s.Name)
	}
	if last := s.LastTerminationState.Terminated; last != nil {
		return text + ": it" + ended(pod, s.Name, last)
	}
	return text
}

// early reports whether Google's sidecar exited because it looked for the write-ahead log of a
// new pod before Prometheus had created it. That is normal, and stays in the pod's status
// as long as the pod exists. The kubelet may have forgotten how it exited.
func early(pod *corev1.Pod, s corev1.ContainerStatus) bool {
	const beginning = 2 * time.Minute
	at := s.State.Running.StartedAt
	if end := s.LastTerminationState.Terminated; end != nil {
		if end.ExitCode != 1 {
			return false
		}
		at = end.FinishedAt
	}
	return !at.IsZero() && pod.Status.StartTime != nil && at.Sub(pod.Status.StartTime.Time) < beginning
}

package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var sidecarsCheck = Check{
	ID: "sidecars", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane, Retry: true,
	Description: "the sidecars are running",
	Means:       "A sidecar cannot start, or exits again and again. The message names the usual cause of its exit code.",
	Do:          "`kubectl -n linkerd-viz logs deployment/prometheus -c gcm-exporter --previous`; Google's sidecar is in container `stackdriver-prometheus-sidecar`.",
	run:         sidecarsRun,
}

func sidecarsRun(ctx context.Context, r *runContext) error {
	lost := false
	err := r.eachSidecar(ctx, func(pod *corev1.Pod, s corev1.ContainerStatus) string {
		lost = lost || isLost(s)
		return notRunning(pod, s)
	})
	if err != nil && lost {
		return permanentError{err}
	}
	return err
}

// isLost reports whether a container will never run as it is.
func isLost(s corev1.ContainerStatus) bool {
	if s.State.Waiting != nil && slices.Contains([]string{"InvalidImageName", "ErrImageNeverPull"}, s.State.Waiting.Reason) {
		return true
	}
	end := cmp.Or(s.State.Terminated, s.LastTerminationState.Terminated)
	if s.State.Running != nil || end == nil {
		return false
	}
	_, final := exitReason(s.Name, end)
	return final
}

// waitReasons is the table of why a container waits, and what to do about it.
var waitReasons = map[string]string{
	"ErrImagePull":               "its image cannot be pulled: see " + settings.SidecarImage,
	"ImagePullBackOff":           "its image cannot be pulled: see " + settings.SidecarImage,
	"InvalidImageName":           "its image name is not valid: see " + settings.SidecarImage,
	"ErrImageNeverPull":          "its image is not on the node, and may not be pulled: see " + settings.SidecarImagePullPolicy,
	"CreateContainerConfigError": "something that it mounts does not exist: see " + settings.SidecarConfig + " and " + settings.CredentialsSecret,
}

// notRunning is what keeps a sidecar from running.
func notRunning(pod *corev1.Pod, s corev1.ContainerStatus) string {
	last := s.LastTerminationState.Terminated
	switch {
	case s.State.Running != nil && !s.Ready:
		return fmt.Sprintf("container %s runs, but is not ready", s.Name)
	case s.State.Running != nil:
		return ""
	case s.State.Terminated != nil:
		return "container " + s.Name + ended(pod, s.Name, s.State.Terminated)
	case s.State.Waiting != nil && last != nil:
		return "container " + s.Name + ended(pod, s.Name, last)
	case s.State.Waiting != nil && waitReasons[s.State.Waiting.Reason] != "":
		return fmt.Sprintf("container %s is waiting (%s): %s; %s", s.Name, s.State.Waiting.Reason, waitReasons[s.State.Waiting.Reason], s.State.Waiting.Message)
	}
	if problem := podProblem(pod); problem != "" {
		return problem
	}
	return fmt.Sprintf("container %s has not started: see kubectl -n %s describe pod %s", s.Name, pod.Namespace, pod.Name)
}

package check

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

func isForbidden(err error) bool { return apierrors.IsForbidden(err) }

// podTroubles says of each pod that is not ready what keeps it, as far as its
// status tells.
func podTroubles(pods []corev1.Pod) []string {
	var troubles []string
	for _, pod := range pods {
		if trouble := podTrouble(&pod); trouble != "" && pod.DeletionTimestamp == nil {
			troubles = append(troubles, fmt.Sprintf("pod %s/%s: %s", pod.Namespace, pod.Name, trouble))
		}
	}
	return troubles
}

func podTrouble(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		if trouble := containerTrouble(c); trouble != "" {
			return trouble
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "it is on no node: " + c.Message
		}
	}
	return ""
}

// containerTrouble is what keeps a container from running.
func containerTrouble(c corev1.ContainerStatus) string {
	switch {
	case c.State.Waiting != nil && c.LastTerminationState.Terminated != nil:
		return fmt.Sprintf("container %s is waiting (%s); it ended with exit code %d before", c.Name, c.State.Waiting.Reason, c.LastTerminationState.Terminated.ExitCode)
	case c.State.Waiting != nil && c.State.Waiting.Reason != "ContainerCreating":
		return fmt.Sprintf("container %s is waiting (%s): %s", c.Name, c.State.Waiting.Reason, c.State.Waiting.Message)
	case c.State.Terminated != nil:
		return fmt.Sprintf("container %s has ended with exit code %d (%s)", c.Name, c.State.Terminated.ExitCode, c.State.Terminated.Reason)
	case c.State.Running != nil && !c.Ready:
		return fmt.Sprintf("container %s runs, but is not ready", c.Name)
	default:
		return ""
	}
}

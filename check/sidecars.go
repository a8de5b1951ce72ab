package check

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// endings is the table of how the sidecar ends, and what is wrong then. The exit
// codes are those of stackdriver-prometheus-sidecar, cmd/.../main.go; a reason of
// Kubernetes' comes first.
var endings = []struct {
	reason string
	code   int32
	means  string
}{
	{"OOMKilled", 0, "it used more memory than it may: raise " + settings.SidecarMemoryLimit},
	{"StartError", 0, "its program cannot be started: see " + settings.SidecarImage + "; is the image made for this kind of processor?"},
	{"ContainerCannotRun", 0, "its program cannot be started: see " + settings.SidecarImage + "; is the image made for this kind of processor?"},
	{"", 0, "it ends so after every failure at run time: it may not write in the directory of the write-ahead log, port 9091 is taken, or the log is corrupt or was truncated before it was read"},
	{"", 1, "there was no write-ahead log to read, which passes once Prometheus has made it, or it found no credentials for its own metrics"},
	{"", 2, "its flags, its configuration file or a selector are wrong: linkerd gcm lint says which"},
}

// meaning is the usual cause of an end.
func meaning(end *corev1.ContainerStateTerminated) string {
	for _, e := range endings {
		if e.reason != "" && e.reason == end.Reason || e.reason == "" && e.code == end.ExitCode {
			return e.means
		}
	}
	return "see its log"
}

// waits is the table of why a container waits, and what to do about it.
var waits = map[string]string{
	"ErrImagePull":               "its image cannot be pulled: see " + settings.SidecarImage,
	"ImagePullBackOff":           "its image cannot be pulled: see " + settings.SidecarImage,
	"InvalidImageName":           "its image has no valid name: see " + settings.SidecarImage,
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
	case s.State.Waiting != nil && waits[s.State.Waiting.Reason] != "":
		return fmt.Sprintf("container %s is waiting (%s): %s; %s", s.Name, s.State.Waiting.Reason, waits[s.State.Waiting.Reason], s.State.Waiting.Message)
	}
	if trouble := podTrouble(pod); trouble != "" {
		return trouble
	}
	return fmt.Sprintf("container %s has not started: see kubectl -n %s describe pod %s", s.Name, pod.Namespace, pod.Name)
}

// restarted says that a sidecar which runs has ended before, for another reason than that it came before Prometheus.
func restarted(pod *corev1.Pod, s corev1.ContainerStatus) string {
	if s.State.Running == nil || s.RestartCount == 0 || early(pod, s) {
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

// early says whether a sidecar ended as it does where it looks for the write-ahead log of a new pod before Prometheus has
// made it. That is no sign of anything, and stays in the pod's status for as long as the pod lives.
// The kubelet may have forgotten how it ended.
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

// ended continues a sentence about a container.
func ended(pod *corev1.Pod, container string, end *corev1.ContainerStateTerminated) string {
	return fmt.Sprintf(" ended with exit code %d (%s): %s; kubectl -n %s logs %s -c %s --previous shows its last words",
		end.ExitCode, end.Reason, meaning(end), pod.Namespace, pod.Name, container)
}

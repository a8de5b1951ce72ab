package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// statusOf returns the status of a container, an empty one where there is none yet.
func statusOf(pod *corev1.Pod, name string) corev1.ContainerStatus {
	for _, s := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses) {
		if s.Name == name {
			return s
		}
	}
	return corev1.ContainerStatus{Name: name}
}

// podProblems says of each pod that is not ready why it is not, as far as its status
// says.
func podProblems(pods []corev1.Pod) []string {
	var problems []string
	for _, pod := range pods {
		if problem := podProblem(&pod); problem != "" && pod.DeletionTimestamp == nil {
			problems = append(problems, fmt.Sprintf("pod %s/%s: %s", pod.Namespace, pod.Name, problem))
		}
	}
	return problems
}

func podProblem(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		if problem := containerProblem(c); problem != "" {
			return problem
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "it is not scheduled to a node: " + c.Message
		}
	}
	return ""
}

// containerProblem is what keeps a container from running.
func containerProblem(c corev1.ContainerStatus) string {
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

// An exitReasonRow is a way to exit, and what is wrong then.
type exitReasonRow struct {
	reason string
	code   int32
	means  string
	// final is set where the same container would exit in the same way forever.
	final bool
}

const (
	startError = "its program cannot be started: see " + settings.SidecarImage + "; is the image built for the processor of the node?"
	usageError = "its flags, its configuration file or a selector are wrong: linkerd gcm lint says which"
)

// exitReasons is the table of how every sidecar exits, by the reason that Kubernetes gives.
var exitReasons = []exitReasonRow{
	{"OOMKilled", 0, "it used more memory than it may: raise " + settings.SidecarMemoryLimit, false},
	{"StartError", 0, startError, true},
	{"ContainerCannotRun", 0, startError, true},
}

// exporterStarts comes before exitReasons: where the name of an image did not tell which sidecar
// it has, gcm-exporter is assumed, and may not be in it.
var exporterStarts = []exitReasonRow{
	{"StartError", 0, noExporter, true},
	{"ContainerCannotRun", 0, noExporter, true},
}

const noExporter = startError + " If it is an image of Google's sidecar, set " + settings.SidecarName + "=" + string(settings.Stackdriver)

// exporterExits is the table of the exit codes of gcm-exporter (docs/exporter.md).
var exporterExits = []exitReasonRow{
	{"", 0, "it was stopped from outside: its liveness probe failed, because it was stuck, or the node stopped it", false},
	{"", 1, "it could not go on: its last log line says why", false},
	{"", 2, usageError, true},
}

// googleExits is the table of the exit codes of stackdriver-prometheus-sidecar,
// cmd/.../main.go.
var googleExits = []exitReasonRow{
	{"", 0, "it exits with this code after every failure at run time: it may not write to the directory of the write-ahead log, port 9091 is taken, or the log is corrupt or was truncated before it was read", false},
	{"", 1, "there was no write-ahead log to read, which is normal until Prometheus has created it, or it found no credentials for its own metrics", false},
	{"", 2, usageError, true},
}

// isExporter reports whether a container has the name of gcm-exporter.
func isExporter(container string) bool { return container == settings.GCMExporter.Container() }

// exitReason is the usual cause of an exit of a sidecar's container, and whether it will exit
// in the same way forever.
func exitReason(container string, end *corev1.ContainerStateTerminated) (means string, final bool) {
	rows := slices.Concat(exitReasons, googleExits)
	if isExporter(container) {
		rows = slices.Concat(exporterStarts, exitReasons, exporterExits)
	}
	for _, e := range rows {
		if e.reason != "" && e.reason == end.Reason || e.reason == "" && e.code == end.ExitCode {
			return e.means, e.final
		}
	}
	return "see its log", false
}

// ended continues a sentence about a container of the sidecar.
func ended(pod *corev1.Pod, container string, end *corev1.ContainerStateTerminated) string {
	means, _ := exitReason(container, end)
	return fmt.Sprintf(" ended with exit code %d (%s): %s; kubectl -n %s logs %s -c %s --previous shows its last log lines",
		end.ExitCode, end.Reason, means, pod.Namespace, pod.Name, container)
}

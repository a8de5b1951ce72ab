package check

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// sidecarState is a state of the sidecar, and what the checks of sidecars and restarts say
// of it, "" for nothing.
type sidecarState struct {
	status              corev1.ContainerStatus
	conditions          []corev1.PodCondition
	running, restarting string
}

// podBegin is when the pods of these tests have started.
var podBegin = metav1.Now()

// pod is a pod whose sidecar is in this state.
func (s sidecarState) pod() *corev1.Pod {
	s.status.Name = cmp.Or(s.status.Name, "sidecar")
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "p"},
		Status:     corev1.PodStatus{StartTime: &podBegin, Conditions: s.conditions, ContainerStatuses: []corev1.ContainerStatus{s.status}},
	}
}

func sidecarStates() map[string]sidecarState {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "a message"}}
	}
	ended := func(code int32, reason string) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}}
	}
	endedAfter := func(since time.Duration) corev1.ContainerState {
		state := ended(1, "Error")
		state.Terminated.FinishedAt = metav1.NewTime(podBegin.Add(since))
		return state
	}
	unscheduled := []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available"}}
	return map[string]sidecarState{
		"it runs":                     {status: corev1.ContainerStatus{State: running, Ready: true}},
		"it is not ready":             {status: corev1.ContainerStatus{State: running}, running: "is not ready"},
		"wrong flags":                 {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: ended(2, "Error")}, running: "exit code 2 (Error): its flags, its configuration file or a selector are wrong"},
		"no log yet":                  {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: ended(1, "Error")}, running: "there was no write-ahead log"},
		"a failure at run time":       {status: corev1.ContainerStatus{State: ended(0, "Completed")}, running: "it may not write to the directory"},
		"out of memory":               {status: corev1.ContainerStatus{State: ended(137, "OOMKilled")}, running: "raise gcm.linkerd.io/sidecar-memory-limit"},
		"another kind of processor":   {status: corev1.ContainerStatus{State: ended(128, "StartError")}, running: "processor of the node"},
		"an end that nobody knows":    {status: corev1.ContainerStatus{State: ended(3, "Error")}, running: "see its log"},
		"no image":                    {status: corev1.ContainerStatus{State: waiting("ImagePullBackOff")}, running: "its image cannot be pulled: see gcm.linkerd.io/sidecar-image; a message"},
		"no Secret":                   {status: corev1.ContainerStatus{State: waiting("CreateContainerConfigError")}, running: "something that it mounts does not exist"},
		"it is being made":            {status: corev1.ContainerStatus{State: waiting("ContainerCreating")}, running: "has not started"},
		"no node":                     {conditions: unscheduled, running: "it is not scheduled to a node: 0/3 nodes are available"},
		"nothing is known":            {running: "has not started: see kubectl -n linkerd-viz describe pod p"},
		"it has restarted":            {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 1}, restarting: "has restarted once"},
		"it has restarted, and why":   {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 3, LastTerminationState: ended(0, "Completed")}, restarting: "has restarted 3 times: it ended with exit code 0 (Completed): it exits with this code after every failure"},
		"it came before Prometheus":   {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 2, LastTerminationState: endedAfter(20 * time.Second)}},
		"how it came is forgotten":    {status: corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: podBegin}}, Ready: true, RestartCount: 1}},
		"it lost its log later":       {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 1, LastTerminationState: endedAfter(time.Hour)}, restarting: "has restarted once: it ended with exit code 1"},
		"the exporter was stopped":    {status: corev1.ContainerStatus{Name: "gcm-exporter", State: running, Ready: true, RestartCount: 1, LastTerminationState: ended(0, "Completed")}, restarting: "its liveness probe failed"},
		"the exporter came early":     {status: corev1.ContainerStatus{Name: "gcm-exporter", State: running, Ready: true, RestartCount: 1, LastTerminationState: endedAfter(20 * time.Second)}, restarting: "it could not go on: its last log line says why"},
		"the exporter's flags":        {status: corev1.ContainerStatus{Name: "gcm-exporter", State: waiting("CrashLoopBackOff"), LastTerminationState: ended(2, "Error")}, running: "exit code 2 (Error): its flags, its configuration file or a selector are wrong"},
		"an image without exporter":   {status: corev1.ContainerStatus{Name: "gcm-exporter", State: waiting("RunContainerError"), LastTerminationState: ended(128, "StartError")}, running: "node? If it is an image of Google's sidecar, set gcm.linkerd.io/sidecar=stackdriver; kubectl"},
		"what is down does not count": {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), RestartCount: 3, LastTerminationState: ended(0, "Completed")}, running: "exit code 0"},
	}
}

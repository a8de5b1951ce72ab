package check

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestNotRunning(t *testing.T) {
	for name, test := range sidecarStates() {
		t.Run(name, func(t *testing.T) {
			pod := test.pod()
			got := notRunning(pod, statusOf(pod, pod.Status.ContainerStatuses[0].Name))
			if (test.running == "") != (got == "") || !strings.Contains(got, test.running) {
				t.Errorf("got %q, want %q", got, test.running)
			}
		})
	}
}

func TestWhatNeverRunsIsNotAwaited(t *testing.T) {
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
	}
	ended := func(code int32) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: "Error"}}
	}
	for name, test := range map[string]struct {
		state, last corev1.ContainerState
		want        bool
	}{
		"wrong flags":                      {waiting("CrashLoopBackOff"), ended(2), true},
		"wrong flags, just now":            {ended(2), corev1.ContainerState{}, true},
		"before Prometheus":                {waiting("CrashLoopBackOff"), ended(1), false},
		"a registry that does not answer":  {waiting("ImagePullBackOff"), corev1.ContainerState{}, false},
		"an image name that is not valid":  {waiting("InvalidImageName"), corev1.ContainerState{}, true},
		"running, after wrong flags":       {corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, ended(2), false},
		"its containers are being created": {waiting("ContainerCreating"), corev1.ContainerState{}, false},
	} {
		if got := isLost(corev1.ContainerStatus{State: test.state, LastTerminationState: test.last}); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

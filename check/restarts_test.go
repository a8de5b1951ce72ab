package check

import (
	"strings"
	"testing"
)

func TestRestarted(t *testing.T) {
	for name, test := range sidecarStates() {
		t.Run(name, func(t *testing.T) {
			pod := test.pod()
			got := restarted(pod, statusOf(pod, pod.Status.ContainerStatuses[0].Name))
			if (test.restarting == "") != (got == "") || !strings.Contains(got, test.restarting) {
				t.Errorf("got %q, want %q", got, test.restarting)
			}
		})
	}
}

package check

import (
	"strings"
	"testing"
)

func TestNotRunning(t *testing.T) {
	for name, test := range sidecarStates() {
		t.Run(name, func(t *testing.T) {
			pod := test.pod()
			got := notRunning(pod, statusOf(pod, "sidecar"))
			if (test.running == "") != (got == "") || !strings.Contains(got, test.running) {
				t.Errorf("got %q, want %q", got, test.running)
			}
		})
	}
}

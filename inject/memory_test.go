package inject

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestAMemoryForgetsNothingThatADecisionDependsOn asks deciders that differ, and share a
// Memory, about one pod.
func TestAMemoryForgetsNothingThatADecisionDependsOn(t *testing.T) {
	memory := NewMemory()
	for _, test := range []struct {
		name     string
		defaults settings.Defaults
		want     Outcome
	}{
		{"without a list of images", injecttest.Allowing(t), Injected},
		{"with a list that has the image", injecttest.Allowing(t, "registry.example.com/"), Injected},
		{"with a list that has it not", injecttest.Allowing(t, "registry.example.com/other/"), Denied},
		{"with a list of two", injecttest.Allowing(t, "registry.example.com/other/", "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"), Injected},
		{"without a list again", injecttest.Allowing(t), Injected},
	} {
		pod, err := DecodePod([]byte(podJSON("", container)))
		if err != nil {
			t.Fatal(err)
		}
		d := Decider{
			Reader:   injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: configured},
			Defaults: test.defaults, Memory: memory,
		}
		decision, err := d.DecideRawPod(t.Context(), "linkerd-viz", pod)
		if err != nil || decision.Outcome != test.want {
			t.Errorf("%s: got %s %q, %v; want %s", test.name, decision.Outcome, decision.Problems, err, test.want)
		}
	}
}

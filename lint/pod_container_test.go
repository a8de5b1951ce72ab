package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestSidecarContainer(t *testing.T) {
	for name, c := range map[string]podTest{
		"a port with the name of Prometheus'":    {[]string{ports, "{name: admin, containerPort: 9091}"}, []string{"POD008 warning " + container + ".ports[0].name 0:0+0"}},
		"a port that nobody scrapes":             {[]string{ports, "{name: http, containerPort: 9091}"}, []string{"POD008 info " + container + " 0:0+0"}},
		"no requests":                            {[]string{requests, "limits: {cpu: 10m}"}, []string{"POD009 warning " + container + " 0:0+0"}},
		"limits alone, which are requests":       {[]string{requests, "limits: {cpu: 10m, memory: 64Mi}"}, nil},
		"a second sidecar":                       {[]string{"\nvolumes:\n", "\n- {name: export, " + image + "}\nvolumes:\n"}, []string{"POD011 error containers[2] 0:0+0"}},
		"a second sidecar, known by its command": {[]string{"\nvolumes:\n", "\n- {name: export, image: gcm:1, command: [/bin/stackdriver-prometheus-sidecar]}\nvolumes:\n"}, []string{"POD011 error containers[2] 0:0+0"}},
	} {
		t.Run(name, c.run)
	}
}

func TestASidecarUnderAnotherNameWouldBecomeTheFirstOfTwo(t *testing.T) {
	pod := changed(t)
	pod.Spec.Containers[1] = corev1.Container{Name: "export", Image: "gcm:1", Args: []string{"/bin/stackdriver-prometheus-sidecar"}}
	in := lint.Input{Pod: pod}
	if got := inPod(lint.Checked(t, in)); got != nil {
		t.Errorf("where nothing is injected: %q", got)
	}
	in.Settings.Enabled = true
	if diff := cmp.Diff([]string{"POD011 error containers[1] 0:0+0"}, inPod(lint.Checked(t, in))); diff != "" {
		t.Errorf("where a sidecar is injected (-want +got):\n%s", diff)
	}
}

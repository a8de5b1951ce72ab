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

func TestASecondSidecarIsKnownByItsFlag(t *testing.T) {
	second := corev1.Container{Name: "export", Image: "gcm:1", Args: []string{"--stackdriver.project-id=my-project"}}
	native := second
	native.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	for name, c := range map[string]struct {
		change func(*corev1.PodSpec)
		want   []string
	}{
		"beside the first":                {func(pod *corev1.PodSpec) { pod.Containers = append(pod.Containers, second) }, []string{"POD011 error containers[2] 0:0+0"}},
		"as a native sidecar":             {func(pod *corev1.PodSpec) { pod.InitContainers = append(pod.InitContainers, native) }, []string{"POD011 error initContainers[0] 0:0+0"}},
		"not where it ends before others": {func(pod *corev1.PodSpec) { pod.InitContainers = append(pod.InitContainers, second) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			pod := changed(t)
			c.change(pod.Spec)
			if diff := cmp.Diff(c.want, inPod(lint.Checked(t, lint.Input{Pod: pod}))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

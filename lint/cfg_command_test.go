package lint

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestHowTheSidecarIsStarted(t *testing.T) {
	const project = "--stackdriver.project-id=my-project"
	for name, test := range map[string]struct {
		command []string
		want    string
	}{
		"with its flags":                {[]string{"/bin/stackdriver-prometheus-sidecar", project}, ""},
		"with those of a script":        {[]string{"sh", "-c", "exec /bin/stackdriver-prometheus-sidecar " + project}, ""},
		"with a variable of flags":      {[]string{"sh", "-c", "exec /bin/stackdriver-prometheus-sidecar $FLAGS"}, "CFG016 info spec.containers[1]:0:0+0"},
		"with a quoted one":             {[]string{"sh", "-c", `exec /bin/stackdriver-prometheus-sidecar "$FLAG"`}, "CFG016 info spec.containers[1]:0:0+0"},
		"with a variable of the pod":    {[]string{"/bin/stackdriver-prometheus-sidecar", "$(FLAG)"}, "CFG016 info spec.containers[1]:0:0+0"},
		"with a file of flags":          {[]string{"/bin/stackdriver-prometheus-sidecar", "@/etc/flags"}, "CFG016 info spec.containers[1]:0:0+0"},
		"by a function of a script":     {[]string{"sh", "-c", "start stackdriver-prometheus-sidecar; start() { $1 " + project + "; }"}, "CFG016 info spec.containers[1]:0:0+0"},
		"by a script that is not valid": {[]string{"sh", "-c", "if stackdriver-prometheus-sidecar"}, "CFG016 info spec.containers[1]:0:0+0"},
		"by a file of its image":        {[]string{"/start.sh"}, "CFG016 info spec.containers[1]:0:0+0"},
	} {
		t.Run(name, func(t *testing.T) {
			in := withSidecar()
			in.Pod.Spec.Containers[1] = corev1.Container{Name: "stackdriver-prometheus-sidecar", Command: test.command}
			expectAbout(t, in, "CFG016", test.want)
			if test.want != "" {
				expectAbout(t, in, "SEL007", "")
				expectAbout(t, in, "CFG004", "")
			}
		})
	}
}

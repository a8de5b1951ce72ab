package sidecars

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestASidecarIsRecognised(t *testing.T) {
	const project, image = "--stackdriver.project-id=my-project", "registry.example.com/team/stackdriver-prometheus-sidecar:0.10.1"
	sh := func(script string, args ...string) corev1.Container {
		return corev1.Container{Name: "export", Image: "busybox", Command: []string{"/bin/sh", "-c", script}, Args: args}
	}
	for name, test := range map[string]struct {
		container corev1.Container
		want      bool
		program   settings.Sidecar
	}{
		"by its name":                     {corev1.Container{Name: stackdriver.Name}, true, settings.Stackdriver},
		"by the other name":               {corev1.Container{Name: "gcm-exporter"}, true, settings.GCMExporter},
		"by its image":                    {corev1.Container{Name: "export", Image: image, Args: []string{"--include=a"}}, true, settings.Stackdriver},
		"by its image with a digest":      {corev1.Container{Name: "export", Image: stackdriver.Name + ":1@sha256:00", Command: []string{"/start.sh"}}, true, settings.Stackdriver},
		"by its program":                  {corev1.Container{Name: "export", Command: []string{"/bin/" + stackdriver.Name}}, true, settings.Stackdriver},
		"by its program in the arguments": {corev1.Container{Name: "export", Args: []string{"/bin/" + stackdriver.Name}}, true, settings.Stackdriver},
		"by its program behind another":   {corev1.Container{Name: "export", Command: []string{"/tini", "--", "/bin/" + stackdriver.Name}}, true, settings.Stackdriver},
		"by its flag":                     {corev1.Container{Name: "export", Args: []string{project}}, true, ""},
		"by its flag in two words":        {corev1.Container{Name: "export", Args: []string{"--stackdriver.project-id", "my-project"}}, true, ""},
		"by its flag in the command":      {corev1.Container{Name: "export", Command: []string{"/x", project}}, true, ""},
		"by its flag with a variable":     {corev1.Container{Name: "export", Args: []string{"--stackdriver.project-id=$(PROJECT)"}}, true, ""},
		"by its flag in a script":         {sh("exec /x " + project), true, ""},
		"by its flag behind a script":     {sh(`exec "$0" "$@"`, "/x", project), true, ""},
		"by its flag with shell options":  {corev1.Container{Command: []string{"bash", "-eo", "pipefail", "-c", "x " + project}}, true, ""},
		"by its flag in a broken script":  {sh("if " + project), true, ""},
		"by its program in a script":      {sh("until [ -d /data/wal ]; do sleep 1; done; exec /bin/" + stackdriver.Name + " $(FLAGS)"), true, settings.Stackdriver},
		"by a function of a script":       {sh("run() { /bin/" + stackdriver.Name + ` "$@"; }; run ` + project), true, settings.Stackdriver},

		"not by a name like its own":     {corev1.Container{Name: "sidecar", Image: "example.com/stackdriver-prometheus-sidecars/proxy:1"}, false, ""},
		"not by a flag like its own":     {corev1.Container{Name: "export", Args: []string{"--stackdriver.project-ids=a", "--project=stackdriver"}}, false, ""},
		"not by a file that it reads":    {corev1.Container{Name: "reloader", Args: []string{"--watched-dir", "/etc/" + stackdriver.Name}}, false, ""},
		"not by another's configuration": {corev1.Container{Name: "reloader", Args: []string{"--config=/etc/" + stackdriver.Name}}, false, ""},
		"not Prometheus":                 {corev1.Container{Name: "prometheus", Image: "prom/prometheus:v2.55.1", Args: []string{"--storage.tsdb.path=/data"}}, false, ""},
		"not a script without it":        {sh("sleep infinity"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			prometheus := corev1.Container{Name: "prometheus", Args: []string{"--config.file=/etc/prometheus/prometheus.yml"}}
			pod := &corev1.PodSpec{Containers: []corev1.Container{prometheus, test.container}}
			all := FindAll(pod)
			if (len(all) == 1) != test.want || test.want && (all[0].Program != test.program || all[0].Field != "containers[1]") {
				t.Errorf("got %+v", all)
			}
			if found := Find(pod); (found == &pod.Containers[1]) != test.want {
				t.Errorf("found %v", found)
			}
		})
	}
}

func TestWhichInitContainersAreSidecars(t *testing.T) {
	for name, test := range map[string]struct {
		container corev1.Container
		want      bool
	}{
		"one that keeps running":         {corev1.Container{Name: "export", RestartPolicy: new(corev1.ContainerRestartPolicyAlways), Args: []string{stackdriver.ProjectFlag, "p"}}, true},
		"one that ends":                  {corev1.Container{Name: "wait", Image: stackdriver.Name, Command: []string{"sh", "-c", "until [ -d /data/wal ]; do sleep 1; done"}}, false},
		"one that ends, but is named so": {corev1.Container{Name: stackdriver.Name}, true},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.PodSpec{Containers: []corev1.Container{{Name: "prometheus"}}, InitContainers: []corev1.Container{test.container}}
			if all := FindAll(pod); (len(all) == 1) != test.want || test.want && all[0].Field != "initContainers[0]" {
				t.Errorf("got %+v", all)
			}
		})
	}
}

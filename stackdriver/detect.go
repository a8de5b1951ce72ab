package stackdriver

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

const (
	// Name is the name of the binary, of the image in every guide, and of the
	// container that is injected.
	Name = "stackdriver-prometheus-sidecar"
	// Port is where the sidecar serves its own metrics. It is the program's
	// default, and no flag of ours moves it.
	Port = 9091

	// otherName is the name of the exporter that has the same flags as the sidecar.
	otherName = "gcm-exporter"
)

// program is how a sidecar is recognised, whoever made its image: no such program starts
// without the flag.
var program = podspec.Program{Names: []string{Name, otherName}, Flags: []string{ProjectFlag}}

var (
	// google is Google's own sidecar.
	google = podspec.Program{Names: []string{Name}}
	// known is what a container runs that is known to be a sidecar, even without the flag.
	known = podspec.Program{Names: program.Names, Flags: flagNames()}
)

// A Sidecar is a container that sends what it reads from Prometheus' write-ahead log to
// Google Cloud Monitoring.
type Sidecar struct {
	Container *corev1.Container
	// Field is the container's path in the pod's spec: containers[1].
	Field string
	podspec.CommandLine
	// Certain says that the container, its image or its program has the name of Google's
	// sidecar. Another program with that sidecar's flags may have more of them.
	Certain bool
}

// Find returns the container of the pod that is the sidecar already, whoever put it there,
// or nil. Two of them would write the same points twice.
func Find(pod *corev1.PodSpec) *corev1.Container {
	all := FindAll(pod)
	if len(all) == 0 {
		return nil
	}
	return all[0].Container
}

// FindAll returns all containers of the pod that are sidecars: those that run beside
// Prometheus, and those that end before it starts but have the name of a sidecar.
func FindAll(pod *corev1.PodSpec) []Sidecar {
	var all []Sidecar
	for i := range pod.Containers {
		if s, is := sidecar(&pod.Containers[i]); is {
			s.Field = fmt.Sprintf("containers[%d]", i)
			all = append(all, s)
		}
	}
	for i := range pod.InitContainers {
		c := &pod.InitContainers[i]
		keepsRunning := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		if s, is := sidecar(c); is && (keepsRunning || hasName(c)) {
			s.Field = fmt.Sprintf("initContainers[%d]", i)
			all = append(all, s)
		}
	}
	return all
}

func hasName(c *corev1.Container) bool { return slices.Contains(program.Names, c.Name) }

// sidecar recognises a sidecar by the name of the container, of its image or of its program,
// or by the flag that it needs.
func sidecar(c *corev1.Container) (Sidecar, bool) {
	line, found := program.Find(c)
	if !found && !program.IsImage(c.Image) && !hasName(c) {
		return Sidecar{}, false
	}
	if !found {
		line, found = known.Find(c)
	}
	switch {
	case found || line.Unread != "":
	case len(c.Command) > 0:
		line.Unread = fmt.Sprintf("it runs %s, which is not the sidecar itself", c.Command[0])
	default:
		line.Args = podspec.Args(c)
	}
	certain := c.Name == Name || google.IsImage(c.Image)
	if !certain {
		_, certain = google.Find(c)
	}
	return Sidecar{Container: c, CommandLine: line, Certain: certain}, true
}

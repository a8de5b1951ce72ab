// Package sidecars finds the containers of a pod that export its metrics to Google Cloud
// Monitoring: gcm-exporter, Google's stackdriver-prometheus-sidecar, or another program
// with its flags. It is the one place that says what counts as a sidecar, and it does not
// judge how one is set up.
package sidecars

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var (
	// exporter is our own sidecar, and google is Google's.
	exporter = podspec.Program{Names: []string{string(settings.GCMExporter)}}
	google   = podspec.Program{Names: []string{stackdriver.Name}}
	// program is how a sidecar is recognised, whoever made its image: no such program starts
	// without the flag.
	program = podspec.Program{Names: slices.Concat(google.Names, exporter.Names), Flags: []string{stackdriver.ProjectFlag}}
	// known is what a container runs that is known to be a sidecar, even without the flag.
	known = podspec.Program{Names: program.Names, Flags: stackdriver.FlagNames()}
)

// A Sidecar is a container that sends what it reads from Prometheus' write-ahead log to
// Google Cloud Monitoring.
type Sidecar struct {
	Container *corev1.Container
	// Field is the container's path in the pod's spec: containers[1].
	Field string
	podspec.CommandLine
	// Program is the sidecar that the names of the container, of its image and of its program
	// tell; "" where they do not. Another program with its flags may have more of them.
	Program settings.Sidecar
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
	return Sidecar{Container: c, CommandLine: line, Program: programOf(c)}, true
}

// programOf returns the sidecar that a container runs by its names. The program comes first:
// the image of gcm-exporter has another one, too.
func programOf(c *corev1.Container) settings.Sidecar {
	for _, tells := range []func(podspec.Program) bool{
		func(p podspec.Program) bool { _, found := p.Find(c); return found },
		func(p podspec.Program) bool { return p.IsImage(c.Image) },
		func(p podspec.Program) bool { return slices.Contains(p.Names, c.Name) },
	} {
		switch {
		case tells(google):
			return settings.Stackdriver
		case tells(exporter):
			return settings.GCMExporter
		}
	}
	return ""
}

package stackdriver

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	// Name is the name of the binary, of the image in every guide, and of the
	// container that is injected.
	Name = "stackdriver-prometheus-sidecar"
	// Port is where the sidecar serves its own metrics. It is the program's
	// default, and no flag of ours moves it.
	Port = 9091
)

// Find returns the container of the pod that is the sidecar already, whoever
// put it there, or nil. Two of them would write the same points twice.
//
// The sidecar has two names: that of the program, and "sidecar" as in the
// commented example of linkerd-viz' values; the latter counts only where image
// or command are the sidecar's.
func Find(pod *corev1.PodSpec) *corev1.Container {
	for _, containers := range [][]corev1.Container{pod.Containers, pod.InitContainers} {
		if i := slices.IndexFunc(containers, is); i >= 0 {
			return &containers[i]
		}
	}
	return nil
}

func is(c corev1.Container) bool {
	if c.Name == Name {
		return true
	}
	words := slices.Concat([]string{c.Image}, c.Command, c.Args)
	return c.Name == "sidecar" && slices.ContainsFunc(words, func(word string) bool {
		return strings.Contains(word, Name)
	})
}

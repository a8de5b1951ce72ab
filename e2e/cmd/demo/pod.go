package main

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// show prints the parts of a pod that an injection can change.
func (d *demo) show(pod *corev1.Pod) {
	d.Line("pod %s", pod.Name)
	for _, c := range pod.Spec.Containers {
		d.Line("  container %s (%s)", c.Name, c.Image)
		for _, arg := range c.Args {
			d.Line("    %s", arg)
		}
		for _, m := range c.VolumeMounts {
			access := "rw"
			if m.ReadOnly {
				access = "ro"
			}
			d.Line("    mounts %s at %s (%s)", strings.TrimSuffix(m.Name+"/"+m.SubPath, "/"), m.MountPath, access)
		}
	}
}

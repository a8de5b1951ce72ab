package main

import (
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// stage prints what the demonstration does.
type stage struct {
	out  io.Writer
	step int
}

// tell prints the title of the next step.
func (s *stage) tell(what string) {
	s.step++
	fmt.Fprintf(s.out, "\n%d. %s\n", s.step, what)
}

// command prints a command that a user would run.
func (s *stage) command(format string, args ...any) {
	fmt.Fprintf(s.out, "   $ %s\n", fmt.Sprintf(format, args...))
}

// line prints a line of output.
func (s *stage) line(format string, args ...any) {
	fmt.Fprintf(s.out, "   %s\n", fmt.Sprintf(format, args...))
}

// show prints the parts of a pod that an injection can change.
func (s *stage) show(pod *corev1.Pod) {
	s.line("pod %s", pod.Name)
	for _, c := range pod.Spec.Containers {
		s.line("  container %s (%s)", c.Name, c.Image)
		for _, arg := range c.Args {
			s.line("    %s", arg)
		}
		for _, m := range c.VolumeMounts {
			access := "rw"
			if m.ReadOnly {
				access = "ro"
			}
			s.line("    mounts %s at %s (%s)", strings.TrimSuffix(m.Name+"/"+m.SubPath, "/"), m.MountPath, access)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// stage prints what the demonstration does, and does it with the commands that it prints.
type stage struct {
	out  io.Writer
	step int
	root string // of the repository, where commands run
	// environment has the variables that the user was told to export.
	environment []string
}

// tell prints the title of the next step.
func (s *stage) tell(what string) {
	s.step++
	fmt.Fprintf(s.out, "\n%d. %s\n", s.step, what)
}

// export prints a command that sets an environment variable of all later commands.
func (s *stage) export(name, value string) {
	s.command(fmt.Sprintf("export %s=%s", name, value))
	s.environment = append(s.environment, name+"="+os.Expand(value, os.Getenv))
}

// command prints a command that a user could run. All lines but the first are indented.
func (s *stage) command(command string) {
	fmt.Fprintf(s.out, "   $ %s\n", strings.ReplaceAll(command, "\n", "\n     "))
}

// run prints a command, runs it as a user does who pastes it, and prints what it prints.
func (s *stage) run(ctx context.Context, command string) error {
	s.command(command)
	shell := exec.CommandContext(ctx, "sh", "-e", "-c", command)
	shell.Dir, shell.Env = s.root, append(os.Environ(), s.environment...)
	var messages bytes.Buffer
	shell.Stderr = &messages
	printed, err := shell.Output()
	for line := range strings.Lines(string(printed)) {
		s.line("%s", strings.TrimRight(line, "\n"))
	}
	if err != nil {
		return fmt.Errorf("running %s: %w\n%s", command, err, messages.String())
	}
	return nil
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

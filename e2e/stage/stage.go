// Package stage prints what a demonstration does, and does it with the commands that it
// prints: whoever pastes them gets the same. It does not know what is demonstrated.
package stage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Stage is where a demonstration takes place.
type Stage struct {
	// Out is what the audience sees.
	Out io.Writer
	// Root is the folder in which commands run: the repository's root.
	Root string

	step int
	// environment has the variables that the user was told to export.
	environment []string
}

// Tell prints the title of the next step.
func (s *Stage) Tell(what string) {
	s.step++
	fmt.Fprintf(s.Out, "\n%d. %s\n", s.step, what)
}

// Export prints a command that sets an environment variable of all later commands.
func (s *Stage) Export(name, value string) {
	s.Command(fmt.Sprintf("export %s=%s", name, value))
	s.environment = append(s.environment, name+"="+os.Expand(value, os.Getenv))
}

// Command prints a command that a user could run. All lines but the first are indented.
func (s *Stage) Command(command string) {
	fmt.Fprintf(s.Out, "   $ %s\n", strings.ReplaceAll(command, "\n", "\n     "))
}

// Run prints a command, runs it as a user does who pastes it, and prints what it prints.
func (s *Stage) Run(ctx context.Context, command string) error {
	s.Command(command)
	printed, err := s.Output(ctx, command)
	for line := range strings.Lines(printed) {
		s.Line("%s", strings.TrimRight(line, "\n"))
	}
	return err
}

// Output runs a command without a word, and returns what it prints.
func (s *Stage) Output(ctx context.Context, command string) (string, error) {
	shell := exec.CommandContext(ctx, "sh", "-e", "-c", command)
	shell.Dir, shell.Env = s.Root, append(os.Environ(), s.environment...)
	var messages bytes.Buffer
	shell.Stderr = &messages
	printed, err := shell.Output()
	if err != nil {
		err = fmt.Errorf("running %s: %w\n%s", command, err, messages.String())
	}
	return string(printed), err
}

// Line prints a line of output.
func (s *Stage) Line(format string, args ...any) {
	fmt.Fprintf(s.Out, "   %s\n", fmt.Sprintf(format, args...))
}

//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// The environment variables with the stage of the sandbox that this process is, and the
// path of the node's folder.
const (
	stageVariable  = "NODE_SANDBOX_STAGE"
	folderVariable = "NODE_SANDBOX_FOLDER"
)

// The stages of a sandbox.
const (
	stageSupervisor = "supervisor"
	stageInit       = "init"
	stageRunner     = "runner"
)

var stages = map[string]func(folder string) error{
	stageSupervisor: supervise,
	stageInit:       initialize,
	stageRunner:     runNode,
}

// RunStage runs the stage of a sandbox that this process is, and returns the exit status.
// It does nothing if this process is not a stage. A program that starts sandboxes must
// call it first, because the processes of a sandbox are started from that same program.
func RunStage() (status int, isStage bool) {
	name := os.Getenv(stageVariable)
	if name == "" {
		return 0, false
	}
	stage, known := stages[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s is %q, which is not a stage of a sandbox\n", stageVariable, name)
		return 2, true
	}
	// The kernel kills the child when the thread that started it ends, so every stage
	// stays on its first thread.
	runtime.LockOSThread()
	err := stage(os.Getenv(folderVariable))
	var exit exitStatus
	switch {
	case err == nil:
		return 0, true
	case errors.As(err, &exit):
		return int(exit), true
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	return 1, true
}

// exitStatus is the exit status of a stage that has already reported its error.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// Command returns the command of the supervisor for a node's folder. Its standard input
// must stay open as long as the node has to run.
func Command(folder string) *exec.Cmd {
	return nextStage(stageSupervisor, folder)
}

// nextStage returns the command that runs this same program as another stage. It inherits
// no environment variables.
func nextStage(stage, folder string, variables ...string) *exec.Cmd {
	command := exec.CommandContext(context.Background(), "/proc/self/exe") // It ends with this process.
	command.Env = append([]string{"PATH=" + SearchPath, stageVariable + "=" + stage, folderVariable + "=" + folder}, variables...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

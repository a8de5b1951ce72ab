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

// The variables that say which stage of a sandbox this process is, and what the path of the node's folder is.
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

// RunStage runs the stage of a sandbox that this process is, and returns the status to exit with. Where it is none, it does
// nothing. A program that starts sandboxes calls it before anything else, since a sandbox consists of processes of that
// same program.
func RunStage() (status int, isStage bool) {
	name := os.Getenv(stageVariable)
	if name == "" {
		return 0, false
	}
	stage, known := stages[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s is %q, which is no stage of a sandbox\n", stageVariable, name)
		return 2, true
	}
	// A child that dies with its parent dies with the thread that started it, so every stage stays on the first one.
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

// exitStatus is that of a stage which has said itself what went wrong.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// Command returns the supervisor of a node's folder, to be started with a standard input that stays open for as long as the
// node shall live.
func Command(folder string) *exec.Cmd {
	return nextStage(stageSupervisor, folder)
}

// nextStage returns this same program in another stage. It has no other variable of this one's environment.
func nextStage(stage, folder string, variables ...string) *exec.Cmd {
	command := exec.CommandContext(context.Background(), "/proc/self/exe") // it ends with this process
	command.Env = append([]string{"PATH=" + SearchPath, stageVariable + "=" + stage, folderVariable + "=" + folder}, variables...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

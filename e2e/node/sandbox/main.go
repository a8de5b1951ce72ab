//go:build linux

package sandbox

import (
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

// RunStage does not return where this process is a stage of a sandbox, and does nothing where it is not. A program that
// starts sandboxes calls it before anything else, since a sandbox consists of processes of that same program.
func RunStage() {
	name := os.Getenv(stageVariable)
	if name == "" {
		return
	}
	stage, known := stages[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s is %q, which is no stage of a sandbox\n", stageVariable, name)
		os.Exit(2)
	}
	// A child that dies with its parent dies with the thread that started it, so every stage stays on the first one.
	runtime.LockOSThread()
	if err := stage(os.Getenv(folderVariable)); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Command returns the supervisor of a node's folder, to be started with a standard input that stays open for as long as the
// node shall live.
func Command(folder string) *exec.Cmd {
	return nextStage(stageSupervisor, folder)
}

// nextStage returns this same program in another stage. It has no other variable of this one's environment.
func nextStage(stage, folder string, variables ...string) *exec.Cmd {
	command := exec.Command("/proc/self/exe")
	command.Env = append([]string{"PATH=" + SearchPath, stageVariable + "=" + stage, folderVariable + "=" + folder}, variables...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// NodeName is the node's name in Kubernetes, and its host name.
const NodeName = "node"

// initialize is process 1 of the sandbox. It returns when the runner has ended, and then
// the kernel kills everything else in the sandbox.
func initialize(folder string) error {
	spec, err := readSpec(folder)
	if err != nil {
		return err
	}
	if err := enterRoot(folder, spec); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(NodeName)); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	if err := makeNetwork(); err != nil {
		return err
	}
	runner := nextStage(stageRunner, inside, cgroupVariable+"="+os.Getenv(cgroupVariable), portVariable+"="+os.Getenv(portVariable))
	if err := runner.Start(); err != nil {
		return fmt.Errorf("starting the runner: %w", err)
	}
	return reap(runner.Process.Pid)
}

// reap waits for ended child processes until the runner is one of them. The shims of
// containers become children of process 1, because their parents end at once.
func reap(runner int) error {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return fmt.Errorf("waiting for the runner: %w", err)
		case pid == runner && status.Signaled():
			return fmt.Errorf("the runner was killed: %s", status.Signal())
		case pid == runner:
			if status.ExitStatus() != 0 {
				return exitStatus(status.ExitStatus())
			}
			return nil
		}
	}
}

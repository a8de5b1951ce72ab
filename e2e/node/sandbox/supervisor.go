//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

// supervise runs the sandbox until standard input closes, a signal arrives or the sandbox
// fails. Then it removes everything but the logs.
func supervise(folder string) (err error) {
	spec, err := readSpec(folder)
	if err != nil {
		return err
	}
	defer func() {
		if spec.Temporary {
			err = errors.Join(err, os.RemoveAll(folder))
		} else {
			err = errors.Join(err, clearFolder(folder))
		}
	}()
	group, err := makeCgroups()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.remove()) }()

	forwarder, err := forwardAPI(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forwarder.Close()) }()

	init := nextStage(stageInit, folder, cgroupVariable+"="+string(group), portVariable+"="+forwarder.port())
	init.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := init.Start(); err != nil {
		return fmt.Errorf("making the sandbox's namespaces: %w", err)
	}

	stopped := make(chan struct{})
	go func() {
		awaitEnd()
		close(stopped)
		_ = init.Process.Kill()
	}()
	err = init.Wait()
	select {
	case <-stopped:
		return nil
	default:
		return fmt.Errorf("the sandbox ended by itself: %w", err)
	}
}

// awaitEnd returns when the process that started the supervisor has ended, or when a
// signal arrives.
func awaitEnd() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case <-signals:
	case <-closed:
	}
}

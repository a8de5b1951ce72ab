package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// downTimeout is how long a supervisor may take to end after each signal: it has to wait for
// its programs.
const downTimeout = time.Minute

// down stops the supervisor, which stops the programs, and returns when all of them have
// ended.
func (c *cluster) down(ctx context.Context) error {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		running, err := c.signal(signal)
		if err != nil {
			return err
		}
		if !running {
			fmt.Fprintln(c.log, "no cluster is running")
			return nil
		}
		if err := c.awaitEnd(ctx); err == nil {
			fmt.Fprintln(c.log, "the cluster is stopped")
			return nil
		} else if ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("the cluster did not stop within %s of being killed", downTimeout)
}

// signal sends the supervisor a signal, and reports whether there is a supervisor.
func (c *cluster) signal(signal os.Signal) (running bool, err error) {
	pid, err := filelock.Holder(c.lock())
	if err != nil || pid == 0 {
		return false, err
	}
	supervisor, err := os.FindProcess(pid)
	if err != nil {
		return false, fmt.Errorf("finding the cluster's process %d: %w", pid, err)
	}
	// The supervisor may just have ended, and another process may have its ID: the process
	// that was found is the supervisor only while it holds the lock.
	if now, err := filelock.Holder(c.lock()); err != nil || now != pid {
		return false, err
	}
	if err := supervisor.Signal(signal); err != nil {
		return false, fmt.Errorf("stopping the cluster's process %d: %w", pid, err)
	}
	return true, nil
}

// awaitEnd returns when the supervisor has released the lock, which it does last.
func (c *cluster) awaitEnd(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, downTimeout)
	defer cancel()
	lock, err := filelock.Wait(ctx, c.lock())
	if err != nil {
		return fmt.Errorf("waiting for the cluster to stop: %w", err)
	}
	return lock.Close()
}

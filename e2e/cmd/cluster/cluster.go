package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// cluster is the control plane or node whose state is in a folder, running or not. It is
// running as long as a process, its supervisor, holds the folder's lock. The supervisor started
// the programs, and they end with it.
type cluster struct {
	node   bool      // with a node, on which containers run
	root   string    // of the repository
	dir    string    // for the state
	log    io.Writer // messages for people
	output io.Writer // results for scripts
}

// lock returns the path of the file that the supervisor locks.
func (c *cluster) lock() string { return filepath.Join(c.dir, "lock") }

// kubeconfig returns the path of the administrator's kubeconfig.
func (c *cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

// supervisorLog returns the path of the supervisor's log.
func (c *cluster) supervisorLog() string { return filepath.Join(c.dir, "cluster.log") }

// build builds the programs that are not up to date.
func (c *cluster) build(ctx context.Context) error {
	return c.kind().build(ctx, c)
}

// run is the supervisor: it starts the cluster and runs it until ctx is done.
func (c *cluster) run(ctx context.Context) error {
	lock, err := filelock.Try(c.lock())
	if err != nil {
		return fmt.Errorf("a cluster is already running: %w", err)
	}
	defer lock.Close()
	started, err := c.kind().start(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(started.Wait(ctx), started.Stop())
}

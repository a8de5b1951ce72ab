package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// cluster is the control plane or node whose state is in a folder, whether it runs or not. It runs as long as a process, its
// keeper, holds the folder's lock: the keeper started the programs, and they end with it.
type cluster struct {
	node   bool      // has one, whose containers run
	root   string    // of the repository
	dir    string    // for the state
	log    io.Writer // for people
	output io.Writer // for scripts
}

// lock returns the path of the file that the keeper locks.
func (c *cluster) lock() string { return filepath.Join(c.dir, "lock") }

// kubeconfig returns the path of the administrator's kubeconfig.
func (c *cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

// keeperLog returns the path of the file that holds what the keeper says.
func (c *cluster) keeperLog() string { return filepath.Join(c.dir, "cluster.log") }

// build builds what is not up to date.
func (c *cluster) build(ctx context.Context) error {
	return c.kind().build(ctx, c)
}

// run is the keeper: it starts the cluster and keeps it until ctx is done.
func (c *cluster) run(ctx context.Context) error {
	lock, err := filelock.Try(c.lock())
	if err != nil {
		return fmt.Errorf("a cluster runs already: %w", err)
	}
	defer lock.Close()
	started, err := c.kind().start(ctx, c)
	if err != nil {
		return err
	}
	return errors.Join(started.Wait(ctx), started.Stop())
}

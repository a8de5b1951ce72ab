package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/controlplane"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// kind holds the differences between a control plane and a node.
type kind struct {
	folder  string          // for the state, in the repository's root
	down    string          // the command that stops it
	missing func() []string // what this machine lacks to run it
	build   func(context.Context, *cluster) error
	start   func(context.Context, *cluster) (running, error)
}

// running is a cluster that is ready.
type running interface {
	// Wait returns nil when ctx is done, and an error when the cluster ends before that.
	Wait(ctx context.Context) error
	// Stop ends the cluster.
	Stop() error
}

var (
	withoutNodes = kind{
		folder:  ".cluster",
		down:    "make cluster-down",
		missing: func() []string { return nil },
		build: func(ctx context.Context, c *cluster) error {
			_, err := programs.Ensure(ctx, c.root, c.log, controlplane.Programs...)
			return err
		},
		start: func(ctx context.Context, c *cluster) (running, error) {
			paths, err := programs.Ensure(ctx, c.root, c.log, controlplane.Programs...)
			if err != nil {
				return nil, err
			}
			return controlplane.Start(ctx, controlplane.Options{Dir: c.dir, Programs: paths, Log: c.log})
		},
	}
	withNode = kind{
		folder:  ".cluster/node",
		down:    "make node-down",
		missing: node.Missing,
		build: func(ctx context.Context, c *cluster) error {
			if missing := node.Missing(); len(missing) > 0 {
				fmt.Fprintf(c.log, "this machine cannot run a node, so its programs are not built:\n  %s\n", strings.Join(missing, "\n  "))
				return withoutNodes.build(ctx, c)
			}
			return node.Build(ctx, c.root, c.log)
		},
		start: func(ctx context.Context, c *cluster) (running, error) {
			return node.Start(ctx, node.Options{Root: c.root, Log: c.log, Dir: c.dir})
		},
	}
)

func (c *cluster) kind() kind {
	if c.node {
		return withNode
	}
	return withoutNodes
}

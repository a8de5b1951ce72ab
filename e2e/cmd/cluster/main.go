// Command cluster runs a cluster for trying things out. `make cluster-up` starts a
// control plane in the background, and `make cluster-down` stops it; `make node-up` and
// `make node-down` do the same with a node, on which containers run. The state is in the
// folder .cluster in the repository's root. It installs nothing in the cluster, and
// tests start clusters of their own.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// newCommand returns the command with its subcommands.
func newCommand() *cobra.Command {
	var c cluster
	command := &cobra.Command{
		Use:           "cluster",
		Short:         "Run a Kubernetes control plane on this machine, with a node or without",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			c.log, c.output = command.ErrOrStderr(), command.OutOrStdout()
			return c.locate()
		},
	}
	command.PersistentFlags().BoolVar(&c.node, "node", false, "run a node too, so that containers run; needs Linux and root")
	command.PersistentFlags().StringVar(&c.dir, "dir", "",
		"folder for the state (default .cluster in the repository's root, or .cluster/node with a node)")
	for _, sub := range []struct {
		name, short string
		run         func(context.Context) error
	}{
		{"build", "Build the cluster's programs", c.build},
		{"up", "Start the cluster in the background unless it is running; print the path of its kubeconfig", c.up},
		{"down", "Stop the cluster if it is running", c.down},
		{"run", "Run the cluster until interrupted, which is what up does in the background", c.run},
	} {
		command.AddCommand(&cobra.Command{
			Use: sub.name, Short: sub.short, Args: cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error { return sub.run(command.Context()) },
		})
	}
	return command
}

// locate finds the repository, and makes the path of the folder for the state absolute.
func (c *cluster) locate() (err error) {
	if c.root, err = checkout.Root(); err != nil {
		return err
	}
	if c.dir == "" {
		c.dir = filepath.Join(c.root, filepath.FromSlash(c.kind().folder))
	}
	if c.dir, err = filepath.Abs(c.dir); err != nil {
		return fmt.Errorf("making the folder's path absolute: %w", err)
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder for the cluster's state: %w", err)
	}
	return nil
}

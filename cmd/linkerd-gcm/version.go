package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
)

// versionDeadline bounds how long the cluster may take to answer.
const versionDeadline = 5 * time.Second

func newVersion(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var short, clientOnly bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of this program and of the injector in the cluster",
		RunE: func(cmd *cobra.Command, _ []string) error {
			clientFormat, serverFormat := "Client version: %s\n", "Server version: %s\n"
			if short {
				clientFormat, serverFormat = "%s\n", "%s\n"
			}
			fmt.Fprintf(streams.Out, clientFormat, version)
			if clientOnly {
				return nil
			}
			server, err := serverVersion(cmd.Context(), c)
			if err != nil {
				server = "unavailable"
				if c.Verbose {
					fmt.Fprintf(streams.ErrOut, "%s: the server's version is unavailable: %s\n", program, err)
				}
			}
			fmt.Fprintf(streams.Out, serverFormat, server)
			return nil
		},
	}
	cmd.Flags().BoolVar(&short, "short", false, "Print only the versions")
	cmd.Flags().BoolVar(&clientOnly, "client", false, "Print only the version of this program, and do not use a cluster")
	return cmd
}

// serverVersion returns the version that is installed in the cluster.
func serverVersion(ctx context.Context, c *kubeconfig.Flags) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionDeadline)
	defer cancel()
	client, err := c.Metadata()
	if err != nil {
		return "", err
	}
	return installed.Version(ctx, client)
}

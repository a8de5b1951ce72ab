package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// versionDeadline bounds how long a cluster may take to say what runs in it.
const versionDeadline = 5 * time.Second

func newVersion(streams genericiooptions.IOStreams, c *cluster) *cobra.Command {
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
				if c.verbose {
					fmt.Fprintf(streams.ErrOut, "%s: the server's version is unavailable: %s\n", program, err)
				}
			}
			fmt.Fprintf(streams.Out, serverFormat, server)
			return nil
		},
	}
	cmd.Flags().BoolVar(&short, "short", false, "Print the versions alone")
	cmd.Flags().BoolVar(&clientOnly, "client", false, "Print the version of this program alone, and ask no cluster")
	return cmd
}

// serverVersion returns what the Deployments of the injector are labelled with.
func serverVersion(ctx context.Context, c *cluster) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionDeadline)
	defer cancel()
	client, err := c.metadata()
	if err != nil {
		return "", err
	}
	deployments := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	found, err := client.Resource(deployments).List(ctx, metav1.ListOptions{LabelSelector: ours})
	if err != nil {
		return "", fmt.Errorf("listing deployments: %w", err)
	}
	var versions []string
	for _, d := range found.Items {
		versions = append(versions, d.Labels["app.kubernetes.io/version"])
	}
	if len(versions) == 0 {
		return "", errors.New("no Deployment has the label " + ours)
	}
	slices.Sort(versions)
	return strings.Join(slices.Compact(versions), ", "), nil
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
)

// versionDeadline bounds how long the cluster may take to answer.
const versionDeadline = 5 * time.Second

const versionHelp = `Print the versions of this program and of the injector in the cluster.

The injectors are asked for theirs: it is in their metrics, and in the record of a pod
that is created by dry run. Where neither may be read, it is the one in the label of
their Deployment, and a note on stderr says so.`

// versions are what "version" prints in JSON.
type versions struct {
	Client string `json:"clientVersion"`
	Server string `json:"serverVersion,omitempty"`
	// ServerFrom is "injector" or "label".
	ServerFrom string `json:"serverVersionFrom,omitempty"`
	// Problem is why the server's version is unknown.
	Problem string `json:"serverError,omitempty"`
}

type versionOptions struct {
	short, clientOnly bool
	output            string
}

func newVersion(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o versionOptions
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of this program and of the injector in the cluster",
		Long:  versionHelp,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.output != "text" && o.output != "json" {
				return usagef("--output is %q: want text or json", o.output)
			}
			v := versions{Client: version}
			if !o.clientOnly {
				v.ask(cmd.Context(), c)
			}
			return o.print(streams, v)
		},
	}
	cmd.Flags().BoolVar(&o.short, "short", false, "Print only the versions")
	cmd.Flags().BoolVar(&o.clientOnly, "client", false, "Print only the version of this program, and do not use a cluster")
	cmd.Flags().StringVarP(&o.output, "output", "o", "text", "What to print: text or json")
	return cmd
}

// ask asks the cluster for the version of its injector.
func (v *versions) ask(ctx context.Context, c *kubeconfig.Flags) {
	ctx, cancel := context.WithTimeout(ctx, versionDeadline)
	defer cancel()
	found, err := check.ReadInjectorVersion(ctx, c.Config)
	switch {
	case err != nil:
		v.Problem = err.Error()
	case len(found.Running) > 0:
		v.Server, v.ServerFrom = found.String(), "injector"
	default:
		v.Server, v.ServerFrom = found.String(), "label"
	}
}

func (o versionOptions) print(streams genericiooptions.IOStreams, v versions) error {
	if o.output == "json" {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	}
	client, server := "Client version: ", "Server version: "
	if o.short {
		client, server = "", ""
	}
	text := client + v.Client + "\n"
	switch {
	case o.clientOnly:
	case v.Problem != "":
		text += server + "unavailable\n"
		fmt.Fprintf(streams.ErrOut, "%s: the server's version is unavailable: %s\n", program, v.Problem)
	default:
		text += server + v.Server + "\n"
	}
	if v.ServerFrom == "label" {
		fmt.Fprintf(streams.ErrOut, "%s: note: the server's version is that of a label, since the injector could not be asked; see %s version --help\n", program, program)
	}
	_, err := io.WriteString(streams.Out, text)
	return err
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"
)

const uninstallHelp = `Print what linkerd-gcm has in the cluster, for kubectl delete: the webhook
configurations first, so that nothing is left that points at a dead server, then
the namespace, then all else that carries the label linkerd.io/extension=gcm.

The ConfigMaps with the recording rules and the sidecar's configuration stay, and
so do the annotations. Pods keep the sidecar until they are made anew.`

func newUninstall(streams genericiooptions.IOStreams, c *cluster) *cobra.Command {
	return &cobra.Command{
		Use:     "uninstall",
		Short:   "Print what linkerd-gcm has in the cluster, for kubectl delete",
		Long:    uninstallHelp,
		Example: "  linkerd-gcm uninstall | kubectl delete -f -",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return uninstall(cmd.Context(), streams, c)
		},
	}
}

func uninstall(ctx context.Context, streams genericiooptions.IOStreams, c *cluster) error {
	client, err := c.metadata()
	if err != nil {
		return err
	}
	objects, err := listInstalled(ctx, client)
	if err != nil {
		return err
	}
	if len(objects) == 0 {
		return errors.New("No resources found to uninstall")
	}
	kept, err := configMaps.list(ctx, client)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			return fmt.Errorf("printing %s %s: %w", o.Kind, o.Metadata.Name, err)
		}
		fmt.Fprintf(&out, "---\n%s", text)
	}
	if _, err := streams.Out.Write(out.Bytes()); err != nil {
		return fmt.Errorf("printing the objects: %w", err)
	}
	for _, o := range kept {
		fmt.Fprintf(streams.ErrOut, "%s: note: ConfigMap %s/%[3]s stays; kubectl -n %[2]s delete configmap %[3]s deletes it\n",
			program, o.Metadata.Namespace, o.Metadata.Name)
	}
	return nil
}

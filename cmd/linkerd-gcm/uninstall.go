package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
)

const uninstallHelp = `Print the objects of linkerd-gcm in the cluster, for kubectl delete: the webhook
configurations first, so that the API server never calls a server that has been
deleted, then the namespace, then all other objects with the label
linkerd.io/extension=gcm.

The ConfigMaps with the recording rules and the sidecar's configuration are not
deleted, and neither are the annotations. Pods keep the sidecar until they are
created again.`

func newUninstall(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	return &cobra.Command{
		Use:     "uninstall",
		Short:   "Print the objects of linkerd-gcm in the cluster, for kubectl delete",
		Long:    uninstallHelp,
		Example: "  linkerd-gcm uninstall | kubectl delete -f -",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return uninstall(cmd.Context(), streams, c)
		},
	}
}

func uninstall(ctx context.Context, streams genericiooptions.IOStreams, c *kubeconfig.Flags) error {
	client, err := c.Metadata()
	if err != nil {
		return err
	}
	objects, err := installed.List(ctx, client)
	if err != nil {
		return err
	}
	if len(objects) == 0 {
		return errors.New("No resources found to uninstall")
	}
	kept, err := installed.ConfigMaps(ctx, client)
	if err != nil {
		return err
	}
	text, err := installed.Manifest(objects)
	if err != nil {
		return err
	}
	if _, err := streams.Out.Write(text); err != nil {
		return fmt.Errorf("printing the objects: %w", err)
	}
	for _, o := range kept {
		fmt.Fprintf(streams.ErrOut, "%s: note: ConfigMap %s/%[3]s is not deleted; to delete it, run kubectl -n %[2]s delete configmap %[3]s\n",
			program, o.Metadata.Namespace, o.Metadata.Name)
	}
	return nil
}

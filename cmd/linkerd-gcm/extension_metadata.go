package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// newExtensionMetadata answers "linkerd check", which runs it on every
// linkerd-* of the PATH and reads all of stdout as JSON
// (linkerd2, cli/cmd/check_extensions.go).
func newExtensionMetadata(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:    "_extension-metadata",
		Short:  "Tell Linkerd that this extension has checks",
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			return json.NewEncoder(streams.Out).Encode(struct {
				Name   string `json:"name"`
				Checks string `json:"checks"`
			}{program, "always"})
		},
	}
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func newVersion(streams genericiooptions.IOStreams) *cobra.Command {
	var short bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		RunE: func(*cobra.Command, []string) error {
			format := "Client version: %s\n"
			if short {
				format = "%s\n"
			}
			_, err := fmt.Fprintf(streams.Out, format, version)
			return err
		},
	}
	cmd.Flags().BoolVar(&short, "short", false, "Print the number alone")
	return cmd
}

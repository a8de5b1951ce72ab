package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
)

const checkHelp = `Check linkerd-gcm: what it needs, what runs of it, and whether linkerd-viz'
Prometheus exports what its namespace's annotations ask for. "linkerd check"
runs it, too.

Nothing is changed. What the API server would do is asked by dry run. Whatever
may not be read is a warning that names the permission.`

const checkExamples = `  linkerd-gcm check

  # Before the installation.
  linkerd-gcm check --pre

  # One namespace of linkerd-viz, without waiting for anything.
  linkerd-gcm check --proxy --namespace linkerd-viz --wait 0s`

func newCheck(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o check.Options
	var output string
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Check what linkerd-gcm needs and what runs of it",
		Long:    checkHelp,
		Example: checkExamples,
		// A newer Linkerd may pass more than this version knows.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			printer := check.NewPrinter(output, streams.Out)
			if printer == nil {
				return usagef("--output is %q: want table, json or short", output)
			}
			if o.PreInstall && o.DataPlane {
				return usagef("--pre and --proxy exclude each other: nothing runs before the installation")
			}
			if version != unreleased {
				o.Version = version
			}
			waiting := func(check.Check, error) {}
			if c.Verbose {
				waiting = func(waited check.Check, problem error) {
					fmt.Fprintf(streams.ErrOut, "%s: waiting for %q: %s\n", program, waited.Description, problem)
				}
			}
			success := check.Run(cmd.Context(), c.Config, o, printer.Print, waiting)
			if err := printer.End(success); err != nil {
				return fmt.Errorf("printing the results: %w", err)
			}
			if !success {
				return errFound
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.PreInstall, "pre", false, "Only check whether linkerd-gcm can be installed")
	flags.BoolVar(&o.DataPlane, "proxy", false, "Only check linkerd-viz' namespaces and pods")
	flags.StringVarP(&o.Namespace, "namespace", "n", "", "The only namespace of linkerd-viz to check; all where it is missing")
	flags.DurationVar(&o.Wait, "wait", 5*time.Minute, "How long to wait for what may still become ready")
	flags.StringVarP(&output, "output", "o", "table", "What to print: table, json or short")
	return cmd
}

package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

const checkHelp = `Check linkerd-gcm: whether the cluster can run it, whether it runs, and whether
linkerd-viz' Prometheus exports what its namespace's annotations ask for.
"linkerd check" runs these checks, too.

Nothing is changed in the cluster: some checks ask the API server by dry run.
Where a permission is missing, the check is a warning that names it; the last line
counts these checks, and with --strict they are failures. What may still become ready
is waited for, and named on a terminal; what cannot is reported at once.

"linkerd check" reports nothing where linkerd-gcm is neither installed nor asked for.`

const checkExamples = `  linkerd-gcm check

  # Before the installation.
  linkerd-gcm check --pre

  # In a pipeline, which must not take a missing permission for a success.
  linkerd-gcm check --strict

  # One namespace of linkerd-viz, without waiting for anything.
  linkerd-gcm check --proxy --namespace linkerd-viz --wait 0s`

func newCheck(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o check.Options
	var output string
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Check whether linkerd-gcm can run, and whether it works",
		Long:    checkHelp,
		Example: checkExamples,
		// A newer Linkerd may pass more than this version knows.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			printer := check.NewPrinter(output, streams.Out, terminal.Of(streams.Out, os.Getenv))
			if printer == nil {
				return usagef("--output is %q: want table, json or short", output)
			}
			if o.PreInstall && o.DataPlane {
				return usagef("--pre and --proxy cannot be given together: nothing runs before the installation")
			}
			if version != unreleased {
				o.Version = version
			}
			o.Optional = calledByLinkerd(cmd.Flags())
			waiting := printer.Wait
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
	flags.StringVarP(&o.Namespace, "namespace", "n", "", "The only namespace of linkerd-viz to check (default all)")
	flags.DurationVar(&o.Wait, "wait", 5*time.Minute, "How long to wait for objects that may still become ready")
	flags.BoolVar(&o.Strict, "strict", false, "Fail where something could not be checked, such as without a permission")
	flags.StringVarP(&output, "output", "o", "table", "What to print: table, json or short")
	return cmd
}

// calledByLinkerd reports whether "linkerd check" runs this, which passes all flags that
// it has itself, with their defaults, to the program of every extension
// (linkerd2, cli/cmd/check.go).
func calledByLinkerd(flags *pflag.FlagSet) bool {
	for _, name := range []string{"linkerd-namespace", "verbose", "proxy", "wait", "output"} {
		if !flags.Changed(name) {
			return false
		}
	}
	return flags.Lookup("output").Value.String() == "json"
}

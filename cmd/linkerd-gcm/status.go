package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/check"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

const statusHelp = `Say whether metrics arrive in Google Cloud Monitoring, and if not, why and what to do.

The sidecars of linkerd-viz' Prometheus are asked through the API server, which needs the
permission to get pods/proxy. gcm-exporter says of each metric its type in Google, how many
series and points a minute there are, and what Google refused last; and each reason for
which something is not exported, with a series and what to do. Google's sidecar only counts:
it is asked a second time after 20 seconds, which says whether it still exports.

Exit codes: 0 metrics arrive from all pods, 1 they do not, or that is not known; with
--watch 0 once it is interrupted.`

const statusExamples = `  linkerd-gcm status

  # Look again every five seconds.
  linkerd-gcm status --watch

  # The reasons for which samples are not exported, for jq.
  linkerd-gcm status -o json | jq '.pods[].reasons[] | {name, count, examples}'`

// leastInterval is how often sidecars are asked at most.
const leastInterval = time.Second

type statusOptions struct {
	namespace, output string
	watch             bool
	interval          time.Duration
}

func newStatus(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say whether metrics arrive in Google, and if not why",
		Long:    statusHelp,
		Example: statusExamples,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd, streams, c) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The only namespace of linkerd-viz to look at (default all)")
	flags.StringVarP(&o.output, "output", "o", "table", "What to print: table or json")
	flags.BoolVarP(&o.watch, "watch", "w", false, "Look again and again, until interrupted")
	flags.DurationVar(&o.interval, "interval", 5*time.Second, "How long to wait between two looks of --watch")
	return cmd
}

func (o statusOptions) run(cmd *cobra.Command, streams genericiooptions.IOStreams, c *kubeconfig.Flags) error {
	printer := exports.NewPrinter(o.output, streams.Out, terminal.Of(streams.Out, os.Getenv), o.watch)
	if printer == nil {
		return usagef("--output is %q: want table or json", o.output)
	}
	if o.interval < leastInterval {
		return usagef("--interval is %s: want %s or more", o.interval, leastInterval)
	}
	look, err := check.LookAtExports(c.Config, o.namespace)
	if err != nil {
		return err
	}
	if o.watch {
		return exports.Watch(cmd.Context(), look, o.interval, printer.Print)
	}
	seen := exports.Once(cmd.Context(), look, exports.SecondLook, func() {
		fmt.Fprintf(streams.ErrOut, "%s: a sidecar only counts; looking again in %s\n", program, exports.SecondLook)
	})
	if err := printer.Print(seen); err != nil {
		return err
	}
	if seen.Arriving != exports.Arriving {
		return errFound
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/liveroutes"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const adviseHelp = `Compare the ways to export Linkerd's metrics, for the cluster at hand: what each costs,
keeps and loses, which one to try first, and the command for each. Nothing is changed.`

const adviseExamples = `  linkerd-gcm advise

  # Your Prometheus is meshed, and runs as service account prometheus in namespace monitoring.
  linkerd-gcm advise --service-account prometheus --namespace monitoring`

func newAdvise(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:     "advise",
		Short:   "Compare the ways to export Linkerd's metrics, for this cluster",
		Long:    adviseHelp,
		Example: adviseExamples,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.advise(cmd.Context(), streams, c, clusterFlags(cmd))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.vizNamespace, "viz-namespace", viz.Namespace, "The namespace of linkerd-viz")
	o.addWho(flags)
	return cmd
}

func (o exportOptions) advise(ctx context.Context, streams genericiooptions.IOStreams, c *kubeconfig.Flags, clusterFlags string) error {
	if err := generate.CheckNamespace(o.vizNamespace); err != nil {
		return usagef("--viz-namespace is %q: %w", o.vizNamespace, err)
	}
	var request routes.Request
	if err := o.readScraper(&request); err != nil {
		return usageError{err}
	}
	config, err := c.Config()
	if err != nil {
		return err
	}
	cluster, err := liveroutes.New(config)
	if err != nil {
		return err
	}
	facts, notes, err := cluster.Facts(ctx, o.vizNamespace, request.Scraper)
	if err != nil {
		return err
	}
	facts.ClusterFlags = clusterFlags
	for _, note := range notes {
		fmt.Fprintf(streams.ErrOut, "%s: note: %s\n", program, note)
	}
	printAdvice(streams.Out, terminal.Of(streams.Out, os.Getenv), facts, routes.Advise(facts))
	return nil
}

// printAdvice prints what the cluster has, the comparison, and the commands.
func printAdvice(out io.Writer, t terminal.Terminal, f routes.Facts, all []routes.Advice) {
	fmt.Fprint(out, t.Wrap(described(f), "")+"\n")
	rows := [][]string{{"ROUTE", "HERE", "COSTS", "KEEPS", "LOSES"}}
	for _, a := range all {
		here := a.Here
		if a.Fit != routes.Possible {
			here = string(a.Fit) + ": " + here
		}
		rows = append(rows, []string{a.Route, here, a.Costs, a.Keeps, a.Loses})
	}
	fmt.Fprint(out, t.Table(rows)+"\n")
	for _, a := range all {
		if a.Fit == routes.NotHere || a.Fit == routes.NotKnown {
			continue
		}
		fmt.Fprintf(out, "%s:\n  %s\n", a.Route, a.Command)
		if a.Example != "" {
			fmt.Fprintf(out, "  with your own in place of %s\n", a.Example)
		}
	}
}

// described says what the cluster has and has not, and what of it could not be read.
func described(f routes.Facts) string {
	var has, unread []string
	ofViz := "linkerd-viz' Prometheus in namespace " + f.Viz.Namespace
	if f.HasViz {
		ofViz = "linkerd-viz " + f.Viz.Version + " in namespace " + f.Viz.Namespace
	}
	if f.Exporter != "" {
		ofViz += ", " + f.Exporter + " in its pod"
	}
	for _, part := range []struct {
		has, unread bool
		as          string
	}{
		{f.HasViz, f.Unread.Viz, ofViz},
		{f.GKE, false, "GKE"},
		{f.ManagedAPI, f.Unread.Operators, "Managed Service for Prometheus"},
		{f.OperatorAPI, f.Unread.Operators, "prometheus-operator"},
	} {
		switch {
		case part.unread:
			unread = append(unread, part.as)
		case part.has:
			has = append(has, part.as)
		default:
			has = append(has, "no "+part.as)
		}
	}
	if f.Unread.Pods {
		unread = append(unread, "meshed pods")
	} else {
		has = append(has, fmt.Sprintf("%d meshed pods", f.Meshed))
	}
	text := "This cluster has " + listed(has) + "."
	if len(unread) > 0 {
		text += " Whether it has these could not be read: " + listed(unread) + "."
	}
	return text + "\n"
}

// listed are parts of a sentence.
func listed(parts []string) string {
	last := len(parts) - 1
	if last <= 0 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:last], ", ") + ", and " + parts[last]
}

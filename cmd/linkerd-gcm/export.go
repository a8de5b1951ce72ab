package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/liveroutes"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const exportHelp = `Print what is needed to get Linkerd's metrics out of a cluster without Google's sidecar
or gcm-exporter, with comments that say why. Nothing is applied.

With --viz-version, no cluster is used: it says what linkerd-viz has. Without, that is
read from the cluster, which is not changed.`

const exportCommand = "export"

func newExport(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   exportCommand,
		Short: "Print other ways to export Linkerd's metrics, made to work",
		Long:  exportHelp,
	}
	for _, route := range routes.Routes {
		cmd.AddCommand(newExportRoute(streams, c, route))
	}
	return cmd
}

// exportOptions are the flags of all routes, as text.
type exportOptions struct {
	vizNamespace, vizVersion, portName string
	serviceAccount, namespace          string
	networks                           []string
	noPolicy                           bool
	recorded, interval                 string
	sampleLimit                        int
	managed, operator                  bool
	labels                             map[string]string
	monitorNamespace                   string
	url, cluster                       string
	metrics, denyNamespaces            []string
	query                              string
	localPort                          int
	output                             string
	check                              bool
}

// exportExamples has a few command lines of each route.
var exportExamples = map[string]string{
	"federation": `  # Your Prometheus is meshed, and runs as service account prometheus in namespace monitoring.
  linkerd-gcm export federation --service-account prometheus --namespace monitoring

  # The policy alone.
  linkerd-gcm export federation --service-account prometheus --namespace monitoring --output objects | kubectl apply -f -

  # Your Prometheus is not meshed. This is for linkerd-viz 2.19, without asking a cluster.
  linkerd-gcm export federation --network 10.8.0.0/14 --viz-version 2.19`,
	"servicemonitor": `  linkerd-gcm export servicemonitor --service-account prometheus --namespace monitoring --label release=monitoring

  # Google Cloud Managed Service for Prometheus, whose collectors are not meshed.
  linkerd-gcm export servicemonitor --managed --network 10.8.0.0/14`,
	"remote-write": `  linkerd-gcm export remote-write --url https://mimir.example.com/api/v1/push --cluster-name west

  # Only what your own recording rules make.
  linkerd-gcm export remote-write --url https://mimir.example.com/api/v1/push --cluster-name west --recorded only`,
	"api": `  linkerd-gcm export api

  linkerd-gcm export api --query 'histogram_quantile(0.99, sum by (le, deployment) (rate(response_latency_ms_bucket{direction="inbound"}[1m])))'`,
	"proxies": `  linkerd-gcm export proxies

  # For prometheus-operator. Namespace shop has config.linkerd.io/default-inbound-policy: deny.
  linkerd-gcm export proxies --operator --label release=monitoring --deny-namespace shop --service-account prometheus --namespace monitoring

  # Routes as well, and no connections.
  linkerd-gcm export proxies --metrics golden,routes`,
}

func newExportRoute(streams genericiooptions.IOStreams, c *kubeconfig.Flags, route routes.Route) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:     route.Name,
		Short:   strings.ToUpper(route.Title[:1]) + route.Title[1:],
		Long:    fmt.Sprintf("Print %s.\n\n%s\nCosts: %s.\nKeeps: %s.\nLoses: %s.", route.Prints, route.Suits, route.Costs, route.Keeps, route.Loses),
		Example: exportExamples[route.Name],
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), streams, c, route, cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.vizNamespace, "viz-namespace", viz.Namespace, "The namespace of linkerd-viz")
	flags.StringVar(&o.vizVersion, "viz-version", "", "Linkerd's `version`, such as 2.19 or edge-25.10.7; no cluster is used then (default: read from the cluster)")
	if route.Name == "servicemonitor" {
		flags.StringVar(&o.portName, "port-name", "", "The name of the port of linkerd-viz' Prometheus (default: that of the Service or, with --viz-version, of the version)")
	}
	o.addScraper(flags, route)
	o.addOfRoute(flags, route)
	flags.StringVarP(&o.output, "output", "o", string(routes.All), "What to print: all, config (for a file) or objects (for kubectl apply)")
	flags.BoolVar(&o.check, "check", false, "Print nothing to apply, but ask the cluster whether the route works")
	return cmd
}

// addScraper adds the flags of those who ask linkerd-viz' Prometheus or the proxies.
func (o *exportOptions) addScraper(flags *pflag.FlagSet, route routes.Route) {
	if route.Asks {
		o.addWho(flags)
		flags.BoolVar(&o.noPolicy, "no-policy", false, "Print no policy, because what scrapes has been let in already")
	}
	if route.Scrapes() {
		flags.StringVar(&o.interval, "interval", model.Duration(routes.DefaultInterval).String(), "The time between two scrapes, from 10s to 2m")
		flags.IntVar(&o.sampleLimit, "sample-limit", route.SampleLimit, "How many samples a scrape may have; 0 is no limit")
	}
	if route.Selects {
		flags.StringVar(&o.recorded, "recorded", string(routes.WithoutRecorded), "Whether to take series of recording rules: without, with or only these")
	}
	if slices.Contains(route.Forms, routes.Managed) {
		flags.BoolVar(&o.managed, "managed", false, "Print it for Google Cloud Managed Service for Prometheus")
	}
	if slices.Contains(route.Forms, routes.OfOperator) {
		flags.StringToStringVar(&o.labels, "label", nil, "A label `key=value` by which prometheus-operator finds monitors; repeatable (default: read from the cluster)")
		flags.StringVar(&o.monitorNamespace, "monitor-namespace", "", "The namespace of the monitor (default: where the cluster's Prometheus finds it, else that of linkerd-viz)")
	}
}

// addWho adds the flags that say who scrapes.
func (o *exportOptions) addWho(flags *pflag.FlagSet) {
	flags.StringVar(&o.serviceAccount, "service-account", "", "The service account of what scrapes, in --namespace, where it is meshed")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The namespace of what scrapes")
	flags.StringArrayVar(&o.networks, "network", nil, "The network of what scrapes, such as 10.8.0.0/14, where it is not meshed; repeatable")
}

// addOfRoute adds the flags of one route alone.
func (o *exportOptions) addOfRoute(flags *pflag.FlagSet, route routes.Route) {
	switch route.Name {
	case "remote-write":
		flags.StringVar(&o.url, "url", "", "The URL that takes remote write, such as https://mimir.example.com/api/v1/push")
		flags.StringVar(&o.cluster, "cluster-name", "", "The value of a label cluster for all series")
	case "api":
		flags.StringVar(&o.query, "query", routes.DefaultQuery, "What to ask, in PromQL")
		flags.IntVar(&o.localPort, "local-port", routes.DefaultLocalPort, "The port of this machine that kubectl forwards")
	case "proxies":
		flags.BoolVar(&o.operator, "operator", false, "Print it for prometheus-operator")
		flags.StringSliceVar(&o.metrics, "metrics", routes.DefaultMetrics, "The sets of metrics to keep: "+strings.Join(metricSets(), ", "))
		flags.StringArrayVar(&o.denyNamespaces, "deny-namespace", nil, "A namespace whose proxies do not let everybody in; repeatable (default: read from the cluster)")
	}
}

func metricSets() []string {
	names := make([]string, 0, len(routes.MetricSets)+1)
	for _, set := range routes.MetricSets {
		names = append(names, set.Name)
	}
	return append(names, routes.AllMetrics)
}

func (o exportOptions) run(ctx context.Context, streams genericiooptions.IOStreams, c *kubeconfig.Flags, route routes.Route, cmd *cobra.Command) error {
	request, err := o.request(route)
	if err != nil {
		return usageError{err}
	}
	request.Invocation, request.ClusterFlags = invocation(cmd), clusterFlags(cmd)
	cluster, err := o.readable(c)
	if err != nil {
		return err
	}
	notes, err := o.surroundings(ctx, cluster, route, &request)
	if err != nil {
		return err
	}
	if o.check { // which says itself what of them decides whether the route works
		return checkRoute(ctx, streams, cluster, route, request, cmd)
	}
	for _, note := range notes {
		fmt.Fprintf(streams.ErrOut, "%s: note: %s\n", program, note)
	}
	return o.print(streams, route, request)
}

// print prints what a route needs.
func (o exportOptions) print(streams genericiooptions.IOStreams, route routes.Route, request routes.Request) error {
	out, err := route.Print(request)
	if err != nil {
		return usageError{err}
	}
	text := out.Text(routes.Part(o.output))
	if text == "" {
		return usagef("--output is %q, and %w", o.output, o.whyNothing(route, request))
	}
	for _, warning := range out.Warnings {
		fmt.Fprintf(streams.ErrOut, "%s: warning: %s\n", program, warning)
	}
	if _, err := streams.Out.Write([]byte(text)); err != nil {
		return fmt.Errorf("printing what to apply: %w", err)
	}
	return nil
}

// whyNothing says why a route prints nothing of what --output asks for, and what to do.
func (o exportOptions) whyNothing(route routes.Route, r routes.Request) error {
	asksConfig := o.output == string(routes.ConfigPart)
	switch {
	case asksConfig && route.Name == "api":
		return errors.New("export api prints commands for a shell: leave --output out")
	case asksConfig:
		return errors.New("this is printed as objects alone: give --output objects")
	case !route.Asks:
		return fmt.Errorf("export %s prints what belongs in a file alone: give --output config", route.Name)
	case r.NoPolicy:
		return errors.New("--no-policy leaves out all that there would be to apply: leave one of the two out")
	case route.Name == "proxies":
		return errors.New("there is nothing to apply: no namespace is known whose proxies refuse a scraper; --deny-namespace names one")
	case r.Viz.Server == "":
		return fmt.Errorf("there is nothing to apply: linkerd-viz %s lets in whom the mesh lets in, and needs no policy", r.Viz.Version)
	default:
		return routes.ErrNobody
	}
}

// surroundings fills in what is known of linkerd-viz: from the cluster or, with
// --viz-version, from the table of releases.
func (o exportOptions) surroundings(ctx context.Context, cluster *liveroutes.Cluster, route routes.Route, r *routes.Request) (notes []string, err error) {
	if cluster == nil {
		release, err := viz.FindRelease(o.vizVersion)
		if err != nil {
			return nil, usagef("--viz-version is %q: %w", o.vizVersion, err)
		}
		r.Viz = routes.OfRelease(release, o.vizNamespace)
		if release.Newer() {
			notes = append(notes, fmt.Sprintf("--viz-version %s is newer than all that are known: what %s has is assumed. Without the flag, it is read from the cluster", o.vizVersion, viz.LatestRelease().Name))
		}
	} else if notes, err = cluster.Fill(ctx, route, r); err != nil {
		return notes, err
	}
	if o.portName != "" {
		r.Viz.PortName = o.portName
	}
	return notes, nil
}

// readable returns the cluster to read; nil where a version is given in its place.
func (o exportOptions) readable(c *kubeconfig.Flags) (*liveroutes.Cluster, error) {
	if o.vizVersion != "" {
		return nil, nil //nolint:nilnil // there is none to read
	}
	config, err := c.Config()
	if err != nil {
		return nil, fmt.Errorf("%w; or give --viz-version, which needs no cluster", err)
	}
	return liveroutes.New(config)
}

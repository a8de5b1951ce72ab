package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const exportHelp = `Print what is needed to get Linkerd's metrics out of a cluster without Google's sidecar
or gcm-exporter, with comments that say why. Nothing is applied.

No cluster is used: --viz-version says what linkerd-viz has.`

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
	flags.StringVar(&o.vizVersion, "viz-version", "", "Linkerd's `version`, such as 2.19 or edge-25.10.7; no cluster is used")
	if route.Name == "servicemonitor" {
		flags.StringVar(&o.portName, "port-name", "", "The name of the port of linkerd-viz' Prometheus (default: that of the version)")
	}
	o.addScraper(flags, route)
	o.addOfRoute(flags, route)
	flags.StringVarP(&o.output, "output", "o", string(routes.All), "What to print: all, config (for a file) or objects (for kubectl apply)")
	return cmd
}

// addScraper adds the flags of those who ask linkerd-viz' Prometheus or the proxies.
func (o *exportOptions) addScraper(flags *pflag.FlagSet, route routes.Route) {
	if route.Asks {
		flags.StringVar(&o.serviceAccount, "service-account", "", "The service account of what scrapes, in --namespace, where it is meshed")
		flags.StringVarP(&o.namespace, "namespace", "n", "", "The namespace of what scrapes")
		flags.StringArrayVar(&o.networks, "network", nil, "The network of what scrapes, such as 10.8.0.0/14, where it is not meshed; repeatable")
		flags.BoolVar(&o.noPolicy, "no-policy", false, "Print no policy, because what scrapes has been let in already")
	}
	if route.Scrapes {
		flags.StringVar(&o.interval, "interval", model.Duration(routes.DefaultInterval).String(), "The time between two scrapes, from 10s to 2m")
		flags.IntVar(&o.sampleLimit, "sample-limit", routes.DefaultSampleLimit, "How many samples a scrape may have; 0 is no limit")
	}
	if route.Selects {
		flags.StringVar(&o.recorded, "recorded", string(routes.WithoutRecorded), "Whether to take series of recording rules: without, with or only these")
	}
	if slices.Contains(route.Forms, routes.Managed) {
		flags.BoolVar(&o.managed, "managed", false, "Print it for Google Cloud Managed Service for Prometheus")
	}
	if slices.Contains(route.Forms, routes.OfOperator) {
		flags.StringToStringVar(&o.labels, "label", nil, "A label `key=value` by which prometheus-operator finds monitors; repeatable")
		flags.StringVar(&o.monitorNamespace, "monitor-namespace", "", "The namespace of the monitor (default: that of linkerd-viz)")
	}
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
		flags.StringArrayVar(&o.denyNamespaces, "deny-namespace", nil, "A namespace whose proxies do not let everybody in; repeatable")
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
	request.Invocation = invocation(cmd)
	if err := o.surroundings(ctx, c, &request); err != nil {
		return err
	}
	out, err := route.Print(request)
	if err != nil {
		return usageError{err}
	}
	text := out.Text(routes.Part(o.output))
	if text == "" {
		return usagef("--output is %q: with these flags, export %s prints no such thing", o.output, route.Name)
	}
	for _, warning := range out.Warnings {
		fmt.Fprintf(streams.ErrOut, "%s: warning: %s\n", program, warning)
	}
	if _, err := streams.Out.Write([]byte(text)); err != nil {
		return fmt.Errorf("printing what to apply: %w", err)
	}
	return nil
}

// surroundings fills in what is known of linkerd-viz.
func (o exportOptions) surroundings(_ context.Context, _ *kubeconfig.Flags, r *routes.Request) error {
	if o.vizVersion == "" {
		return usagef("--viz-version is not given: name Linkerd's version, such as 2.19")
	}
	release, err := viz.FindRelease(o.vizVersion)
	if err != nil {
		return usagef("--viz-version is %q: %w", o.vizVersion, err)
	}
	r.Viz = routes.OfRelease(release, o.vizNamespace)
	if o.portName != "" {
		r.Viz.PortName = o.portName
	}
	return nil
}

// request reads the flags.
func (o exportOptions) request(route routes.Route) (routes.Request, error) {
	r := routes.Request{
		NoPolicy: o.noPolicy, SampleLimit: o.sampleLimit, Cluster: o.cluster, Metrics: o.metrics,
		Operator: routes.Operator{Labels: o.labels, Namespace: o.monitorNamespace},
		Query:    o.query, LocalPort: o.localPort, Recorded: routes.Recorded(o.recorded), Form: route.Forms[0], Now: time.Now(),
	}
	if o.managed && o.operator {
		return r, errors.New("--managed and --operator cannot be given together")
	}
	if o.managed {
		r.Form = routes.Managed
	}
	if o.operator {
		r.Form = routes.OfOperator
	}
	if err := generate.CheckNamespace(o.vizNamespace); err != nil {
		return r, fmt.Errorf("--viz-namespace is %q: %w", o.vizNamespace, err)
	}
	if !slices.Contains(routes.Parts, routes.Part(o.output)) {
		return r, fmt.Errorf("--output is %q: want all, config or objects", o.output)
	}
	if route.Selects && !slices.Contains(routes.RecordedChoices, r.Recorded) {
		return r, fmt.Errorf("--recorded is %q: want without, with or only", o.recorded)
	}
	for _, name := range o.metrics {
		if !slices.Contains(metricSets(), name) {
			return r, fmt.Errorf("--metrics has %q: want %s", name, strings.Join(metricSets(), ", "))
		}
	}
	for _, name := range o.denyNamespaces {
		if err := generate.CheckNamespace(name); err != nil {
			return r, fmt.Errorf("--deny-namespace is %q: %w", name, err)
		}
		r.Guarded = append(r.Guarded, routes.GuardedNamespace{Name: name})
	}
	return r, errors.Join(o.readScrape(route, &r), o.readScraper(&r))
}

// readScrape reads the interval and the limit of a scrape, or where remote write sends to.
func (o exportOptions) readScrape(route routes.Route, r *routes.Request) (err error) {
	if route.Scrapes {
		if r.Interval, err = routes.ParseInterval(o.interval); err != nil {
			return fmt.Errorf("--interval is %q: %w", o.interval, err)
		}
		if o.sampleLimit < 0 {
			return fmt.Errorf("--sample-limit is %d: want a number of samples, or 0 for no limit", o.sampleLimit)
		}
	}
	if o.url != "" {
		if r.URL, err = routes.ParseURL(o.url); err != nil {
			return fmt.Errorf("--url is %q: %w", o.url, err)
		}
	}
	return nil
}

// readScraper reads who scrapes.
func (o exportOptions) readScraper(r *routes.Request) error {
	switch {
	case o.serviceAccount != "" && o.namespace == "":
		return errors.New("--service-account is given without --namespace, where it is")
	case o.serviceAccount != "" && len(o.networks) > 0:
		return errors.New("--service-account is for what is meshed, and --network for what is not: leave one of the two out")
	case o.noPolicy && len(o.networks) > 0:
		return errors.New("--no-policy is given with --network, which only a policy has: leave one of the two out")
	}
	if o.namespace != "" {
		if err := generate.CheckNamespace(o.namespace); err != nil {
			return fmt.Errorf("--namespace is %q: %w", o.namespace, err)
		}
	}
	r.Scraper = routes.Scraper{ServiceAccount: o.serviceAccount, Namespace: o.namespace}
	for _, text := range o.networks {
		network, err := routes.ParseNetwork(text)
		if err != nil {
			return fmt.Errorf("--network is %q: %w", text, err)
		}
		r.Scraper.Networks = append(r.Scraper.Networks, network)
	}
	return nil
}

// invocation is the command line as a shell takes it, without --output.
func invocation(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "output" {
			return
		}
		for _, value := range givenValues(f) {
			words = append(words, "--"+f.Name+value)
		}
	})
	return strings.Join(words, " ")
}

// givenValues are what is behind a flag's name, each time that it is given.
func givenValues(f *pflag.Flag) []string {
	if f.Value.Type() == "bool" {
		if f.Value.String() == "true" {
			return []string{""}
		}
		return []string{"=false"}
	}
	if list, is := f.Value.(pflag.SliceValue); is && f.Value.Type() == "stringArray" {
		var all []string
		for _, value := range list.GetSlice() {
			all = append(all, " "+quoted(value))
		}
		return all
	}
	return []string{" " + quoted(strings.Trim(f.Value.String(), "[]"))}
}

// quoted returns a word as a POSIX shell takes it.
func quoted(word string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+", r)
	}
	if word != "" && !strings.ContainsFunc(word, plain) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

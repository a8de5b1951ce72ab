package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// request reads the flags.
func (o exportOptions) request(route routes.Route) (routes.Request, error) {
	r := routes.Request{
		Viz:      routes.OfRelease(viz.LatestRelease(), o.vizNamespace),
		NoPolicy: o.noPolicy, SampleLimit: o.sampleLimit, Cluster: o.cluster, Metrics: o.metrics,
		Operator: routes.Operator{Labels: o.labels, Namespace: o.monitorNamespace},
		Query:    o.query, LocalPort: o.localPort, Recorded: routes.Recorded(o.recorded), Form: route.Forms[0], Now: time.Now(),
	}
	if o.managed && o.operator {
		return r, errors.New("--managed is given with --operator, and a monitor is for one of the two: leave the other out")
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
	if err := o.checkOfRoute(route, r.Form); err != nil {
		return r, err
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
		if !slices.ContainsFunc(r.Guarded, func(g routes.GuardedNamespace) bool { return g.Name == name }) {
			r.Guarded = append(r.Guarded, routes.GuardedNamespace{Name: name})
		}
	}
	return r, errors.Join(o.readScrape(route, &r), o.readScraper(&r))
}

// checkOfRoute finds what is wrong with the flags of one route alone.
func (o exportOptions) checkOfRoute(route routes.Route, form routes.Form) error {
	switch {
	case route.Name == "proxies" && len(o.metrics) == 0:
		return errors.New("--metrics is empty, and nothing would be kept: want " + strings.Join(metricSets(), ", "))
	case form != routes.OfOperator && len(o.labels) > 0:
		return onlyOfOperator("--label", form)
	case form != routes.OfOperator && o.monitorNamespace != "":
		return onlyOfOperator("--monitor-namespace", form)
	case form == routes.Managed && o.serviceAccount != "":
		return errors.New("--service-account is given with --managed, whose collectors are not meshed: give --network with the network that they run in")
	case route.Name == "api":
		return o.checkAPI()
	default:
		return o.checkNames()
	}
}

// onlyOfOperator says what is wrong with a flag that only monitors of prometheus-operator have.
func onlyOfOperator(flag string, form routes.Form) error {
	if form == routes.Managed {
		return fmt.Errorf("%s is given with --managed, and is for prometheus-operator: leave one of the two out", flag)
	}
	return fmt.Errorf("%s is for prometheus-operator: give --operator, too, or leave it out", flag)
}

// checkNames finds names that Kubernetes would refuse.
func (o exportOptions) checkNames() error {
	if o.monitorNamespace != "" {
		if err := generate.CheckNamespace(o.monitorNamespace); err != nil {
			return fmt.Errorf("--monitor-namespace is %q: %w", o.monitorNamespace, err)
		}
	}
	if wrong := validation.IsDNS1123Label(o.portName); o.portName != "" && len(wrong) > 0 {
		return fmt.Errorf("--port-name is %q: want the name of the port, such as %s: %s", o.portName, viz.PrometheusPortName, wrong[0])
	}
	for key, value := range o.labels {
		if wrong := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(wrong) > 0 {
			return fmt.Errorf("--label has %q: want key=value, such as release=monitoring: %s", key+"="+value, wrong[0])
		}
	}
	return nil
}

func (o exportOptions) checkAPI() error {
	const maxPort = 65535
	if o.localPort < 1 || o.localPort > maxPort {
		return fmt.Errorf("--local-port is %d: want a port of this machine, from 1 to %d", o.localPort, maxPort)
	}
	if _, err := parser.ParseExpr(o.query); err != nil {
		return fmt.Errorf("--query is %q: want a question in PromQL, such as up: %w", o.query, err)
	}
	return nil
}

// readScrape reads the interval and the limit of a scrape, or where remote write sends to.
func (o exportOptions) readScrape(route routes.Route, r *routes.Request) (err error) {
	if route.Scrapes() {
		if r.Interval, err = routes.ParseInterval(o.interval); err != nil {
			return fmt.Errorf("--interval is %q: %w", o.interval, err)
		}
		if o.sampleLimit < 0 {
			return fmt.Errorf("--sample-limit is %d: want a number of samples, or 0 for no limit", o.sampleLimit)
		}
	}
	if o.url != "" {
		if r.URL, err = routes.ParseURL(o.url); err != nil {
			return fmt.Errorf("--url is %q: %w", routes.ShownURL(o.url), err)
		}
	}
	return nil
}

// checkScraper finds flags of who scrapes that do not go together.
func (o exportOptions) checkScraper(form routes.Form) error {
	switch {
	case o.serviceAccount != "" && o.namespace == "":
		return fmt.Errorf("--service-account is %q, and where it is is not said: give --namespace, too", o.serviceAccount)
	case o.serviceAccount == "" && o.namespace != "" && form != routes.OfOperator: // where it says which Prometheus
		return fmt.Errorf("--namespace is %q, and is that of --service-account: give that, too, or leave it out", o.namespace)
	case o.serviceAccount != "" && len(o.networks) > 0:
		return errors.New("--service-account is for what is meshed, and --network for what is not: leave one of the two out")
	case o.noPolicy && len(o.networks) > 0:
		return errors.New("--no-policy is given with --network, which only a policy has: leave one of the two out")
	}
	return nil
}

// readScraper reads who scrapes.
func (o exportOptions) readScraper(r *routes.Request) error {
	if err := o.checkScraper(r.Form); err != nil {
		return err
	}
	if wrong := validation.IsDNS1123Subdomain(o.serviceAccount); o.serviceAccount != "" && len(wrong) > 0 {
		return fmt.Errorf("--service-account is %q: want its name, such as prometheus: %s", o.serviceAccount, wrong[0])
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

// invocation is the command line as a shell takes it, without what makes no difference to the
// objects, and without some flags more.
func invocation(cmd *cobra.Command, without ...string) string {
	return cmd.CommandPath() + givenFlags(cmd, func(name string) bool {
		return !slices.Contains([]string{"output", "check", "query", "local-port", "verbose"}, name) && !slices.Contains(without, name)
	})
}

// clusterFlags are the flags that kubectl must be given, too, to talk to the same cluster.
func clusterFlags(cmd *cobra.Command) string {
	return givenFlags(cmd, func(name string) bool {
		return slices.Contains([]string{"kubeconfig", "context", "as", "as-group"}, name)
	})
}

// givenFlags are those flags of a command line that are wanted, each with a space before it.
func givenFlags(cmd *cobra.Command, wanted func(name string) bool) string {
	var text strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !wanted(f.Name) {
			return
		}
		for _, value := range givenValues(f) {
			text.WriteString(" --" + f.Name + value)
		}
	})
	return text.String()
}

// givenValues are what is behind a flag's name, each time that it is given.
func givenValues(f *pflag.Flag) []string {
	if f.Value.Type() == "bool" {
		if f.Value.String() == "true" {
			return []string{""}
		}
		return []string{"=false"}
	}
	text := f.Value.String()
	switch list, is := f.Value.(pflag.SliceValue); {
	case is && f.Value.Type() == "stringArray":
		var all []string
		for _, value := range list.GetSlice() {
			all = append(all, " "+quoted(value))
		}
		return all
	case is || f.Value.Type() == "stringToString":
		text = strings.Trim(text, "[]")
	}
	return []string{" " + quoted(text)}
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

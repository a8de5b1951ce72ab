package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
		if f.Name == "output" || f.Name == "check" {
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

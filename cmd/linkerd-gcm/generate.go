package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/internal/input"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const generateHelp = `Print what gcm-exporter reads: a ConfigMap with the sums that it makes itself, of
requests by workload, service and status, and of their latency as distributions. It
is what applies without any configuration, to be changed: an edit is in use a minute
or two after it is applied. No recording rules are needed. The ConfigMap has the name
that is the annotation's default. The command does not use a cluster.

With --recorded, print recording rules for Linkerd's metrics as well, instead of the
sums. The rules export, for each window: the rate of responses of each service by
status code, percentiles of their latency, and the number of responses of pods by
classification. With --counter, they also export a running total of responses, which
objectives that count requests need. Comments in the files explain each rule.

With --rules, the rules of a file are taken unchanged.

With --sidecar stackdriver, print what Google's sidecar needs: the same rules, and
new names for all metrics with a colon in their names.`

const generateExamples = `  linkerd-gcm generate | kubectl apply --server-side -f -

  # Of some namespaces only.
  linkerd-gcm generate --namespace shop --namespace payment

  # Recording rules.
  linkerd-gcm generate --recorded --percentile 95 --window 2m --counter

  # Rules of your own.
  linkerd-gcm generate --rules recording_rules.yml | kubectl apply --server-side -f -

  # For Google's sidecar.
  linkerd-gcm generate --sidecar stackdriver | kubectl apply --server-side -f -`

type generateOptions struct {
	namespaces, percentiles, windows       []string
	vizNamespace, interval, rules, sidecar string
	counter, recorded                      bool
}

// sidecars are the values of --sidecar, the default first, each with what it is.
var sidecars = []string{
	string(settings.GCMExporter) + "\tthis project's own",
	string(settings.Stackdriver) + "\tGoogle's stackdriver-prometheus-sidecar",
}

// ruleChoices are the flags that cannot be given together with --rules.
var ruleChoices = []string{"namespace", "percentile", "window", "interval", "counter"}

// onlyRecorded are the flags that choose what rules record, each with the reason why sums
// have no such choice.
var onlyRecorded = []struct{ flag, reason string }{
	{"percentile", "latency is exported as distributions, of which Google Cloud Monitoring computes any percentile"},
	{"window", "totals are exported, of which Google Cloud Monitoring computes rates over any time"},
	{"interval", "gcm-exporter sums up at each scrape"},
	{"counter", "running totals are what is exported"},
}

func newGenerate(streams genericiooptions.IOStreams) *cobra.Command {
	var o generateOptions
	cmd := &cobra.Command{
		Use:     "generate",
		Short:   "Print the sidecar's configuration, and recording rules if you like",
		Long:    generateHelp,
		Example: generateExamples,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			return o.run(streams)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.sidecar, "sidecar", string(settings.GCMExporter), "Which sidecar exports: gcm-exporter or stackdriver, Google's")
	flags.BoolVar(&o.recorded, "recorded", false, "Export what recording rules record, instead of sums that gcm-exporter makes")
	flags.StringArrayVarP(&o.namespaces, "namespace", "n", nil, "A namespace whose pods' metrics are exported; repeatable (default all namespaces)")
	flags.StringVar(&o.vizNamespace, "viz-namespace", viz.Namespace, "The namespace of linkerd-viz, for the ConfigMaps")
	flags.StringArrayVar(&o.percentiles, "percentile", []string{"50", "99"}, "A percentile of the latency that is recorded; repeatable")
	flags.StringArrayVar(&o.windows, "window", []string{"1m", "5m"}, "The time over which rates, counts and percentiles are recorded, 40s or more; repeatable")
	flags.StringVar(&o.interval, "interval", "30s", "The time between two points that are recorded, 10s or more")
	flags.BoolVar(&o.counter, "counter", false, "Record running totals of responses, too")
	flags.StringVar(&o.rules, "rules", "", "A file of recording rules to take unchanged, or - for stdin")
	return cmd
}

// check refuses flags that do not go together.
func (o generateOptions) check(flags *pflag.FlagSet) error {
	if o.sidecar != string(settings.GCMExporter) && o.sidecar != string(settings.Stackdriver) {
		return usagef("--sidecar is %q: want %s or %s", o.sidecar, settings.GCMExporter, settings.Stackdriver)
	}
	for _, name := range ruleChoices {
		if flags.Changed("rules") && flags.Changed(name) {
			return usagef("--%s is given with --rules, which takes the rules unchanged: leave one of the two out", name)
		}
	}
	for _, choice := range onlyRecorded {
		if !o.records() && flags.Changed(choice.flag) {
			return usagef("--%s is given without --recorded: %s; leave it out, or add --recorded", choice.flag, choice.reason)
		}
	}
	return nil
}

// records reports whether there are recording rules. Google's sidecar can export no other
// metrics within its limits.
func (o generateOptions) records() bool {
	return o.recorded || o.rules != "" || o.sidecar == string(settings.Stackdriver)
}

func (o generateOptions) run(streams genericiooptions.IOStreams) error {
	if err := generate.CheckNamespace(o.vizNamespace); err != nil {
		return usagef("--viz-namespace is %q: %w", o.vizNamespace, err)
	}
	written := o.summed
	if o.records() {
		written = o.fromRules
	}
	objects, err := written(streams.In)
	if err != nil {
		return err
	}
	if _, err := streams.Out.Write(objects); err != nil {
		return fmt.Errorf("printing the ConfigMaps: %w", err)
	}
	return nil
}

// summed returns the ConfigMap with what gcm-exporter sums up.
func (o generateOptions) summed(io.Reader) ([]byte, error) {
	if err := o.checkNamespaces(); err != nil {
		return nil, err
	}
	return generate.ConfigMap(o.vizNamespace, generate.SummedConfig(o.vizNamespace, o.namespaces))
}

// fromRules returns the ConfigMaps with rules and with the sidecar's configuration for them.
func (o generateOptions) fromRules(stdin io.Reader) ([]byte, error) {
	text, err := o.ruleText(stdin)
	if err != nil {
		return nil, err
	}
	file, diagnostics := rules.Parse([]byte(text))
	if file != nil {
		diagnostics = append(diagnostics, file.NotRead()...)
	}
	if len(diagnostics) > 0 {
		return nil, o.invalid(diagnostics)
	}
	if o.sidecar == string(settings.Stackdriver) {
		return generate.ConfigMaps(o.vizNamespace, text, generate.SidecarConfig(file))
	}
	return generate.ConfigMaps(o.vizNamespace, text, generate.RecordedConfig(o.vizNamespace, file))
}

// invalid returns every reason why Prometheus would not read all of the rules, one a line.
func (o generateOptions) invalid(diagnostics []rules.Diagnostic) error {
	name := input.Name(cmp.Or(o.rules, "the generated rules"))
	all := make([]error, 0, len(diagnostics))
	for _, d := range diagnostics {
		separator := ": "
		if d.Range.Start.Column > 0 {
			separator = ":"
		}
		fix := ""
		if d.Fix != "" {
			fix = "; " + d.Fix
		}
		all = append(all, fmt.Errorf("%s%s%s%s", name, separator, d, fix))
	}
	return errors.Join(all...)
}

// ruleText returns the text of --rules, or that of rules as the flags choose them.
func (o generateOptions) ruleText(stdin io.Reader) (string, error) {
	if o.rules != "" {
		return readRules(o.rules, stdin)
	}
	choices, err := o.choices()
	if err != nil {
		return "", err
	}
	return generate.Rules(choices), nil
}

func readRules(name string, stdin io.Reader) (string, error) {
	reader := input.Reader{Stdin: stdin}
	text, err := reader.Read(name, rules.MaxSize)
	switch {
	case errors.Is(err, input.ErrTooLarge):
		return "", usagef("--rules is %q: the file is larger than any ConfigMap", name)
	case err != nil:
		return "", usagef("--rules is %q: %w", name, err)
	case !utf8.Valid(text):
		return "", usagef("--rules is %q: the file is not UTF-8 text; save it as UTF-8", name)
	}
	return string(text), nil
}

func (o generateOptions) checkNamespaces() error {
	for _, name := range o.namespaces {
		if err := generate.CheckNamespace(name); err != nil {
			return usagef("--namespace is %q: %w", name, err)
		}
	}
	return nil
}

// choices reads the flags that choose rules.
func (o generateOptions) choices() (generate.Choices, error) {
	c := generate.Choices{Sidecar: settings.Sidecar(o.sidecar), Namespaces: o.namespaces, Counter: o.counter}
	if err := o.checkNamespaces(); err != nil {
		return c, err
	}
	for _, text := range o.percentiles {
		percentile, err := generate.ParsePercentile(text)
		if err != nil {
			return c, usagef("--percentile is %q: %w", text, err)
		}
		c.Percentiles = append(c.Percentiles, percentile)
	}
	for _, text := range o.windows {
		window, err := generate.ParseWindow(text)
		if err != nil {
			return c, usagef("--window is %q: %w", text, err)
		}
		c.Windows = append(c.Windows, window)
	}
	var err error
	if c.Interval, err = generate.ParseInterval(o.interval); err != nil {
		return c, usagef("--interval is %q: %w", o.interval, err)
	}
	return c, nil
}

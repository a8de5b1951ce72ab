package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/generate"
	"github.com/linkerd-gcm/linkerd-gcm/internal/input"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const generateHelp = `Print the two ConfigMaps that the sidecar needs: recording rules for Linkerd's
metrics, and the sidecar's configuration file that belongs to them. They have the
names that are the annotations' defaults. The command does not use a cluster.

The rules export, for each window: the rate of responses of each service by status
code, percentiles of their latency, and the number of responses of pods by
classification. With --counter, they also export a running total of responses,
which objectives that count requests need. Comments in the files explain each rule.

With --rules, the rules of a file are taken unchanged, and only the sidecar's
configuration is generated: new names for all metrics with a colon in their names,
and types for counters.`

const generateExamples = `  linkerd-gcm generate | kubectl apply --server-side -f -

  linkerd-gcm generate --namespace shop --namespace payment --percentile 95 --window 2m --counter

  # Rules of your own.
  linkerd-gcm generate --rules recording_rules.yml | kubectl apply --server-side -f -`

type generateOptions struct {
	namespaces, percentiles, windows []string
	vizNamespace, interval, rules    string
	counter                          bool
}

// ruleChoices are the flags that cannot be given together with --rules.
var ruleChoices = []string{"namespace", "percentile", "window", "interval", "counter"}

func newGenerate(streams genericiooptions.IOStreams) *cobra.Command {
	var o generateOptions
	cmd := &cobra.Command{
		Use:     "generate",
		Short:   "Print recording rules and the sidecar's configuration",
		Long:    generateHelp,
		Example: generateExamples,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range ruleChoices {
				if cmd.Flags().Changed("rules") && cmd.Flags().Changed(name) {
					return usagef("--%s is given with --rules, which takes the rules unchanged: leave one of the two out", name)
				}
			}
			return o.run(streams)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.namespaces, "namespace", "n", nil, "A namespace whose pods' metrics are exported; repeatable (default all namespaces)")
	flags.StringVar(&o.vizNamespace, "viz-namespace", viz.Namespace, "The namespace of linkerd-viz, for the ConfigMaps")
	flags.StringArrayVar(&o.percentiles, "percentile", []string{"50", "99"}, "A percentile of the latency; repeatable")
	flags.StringArrayVar(&o.windows, "window", []string{"1m", "5m"}, "The time over which rates, counts and percentiles are computed, 40s or more; repeatable")
	flags.StringVar(&o.interval, "interval", "30s", "The time between two points, 10s or more")
	flags.BoolVar(&o.counter, "counter", false, "Export running totals of responses, too")
	flags.StringVar(&o.rules, "rules", "", "A file of recording rules to take unchanged, or - for stdin")
	return cmd
}

func (o generateOptions) run(streams genericiooptions.IOStreams) error {
	if err := generate.CheckNamespace(o.vizNamespace); err != nil {
		return usagef("--viz-namespace is %q: %w", o.vizNamespace, err)
	}
	text, err := o.ruleText(streams.In)
	if err != nil {
		return err
	}
	file, diagnostics := rules.Parse([]byte(text))
	if file != nil {
		diagnostics = append(diagnostics, file.NotRead()...)
	}
	if len(diagnostics) > 0 {
		return o.invalid(diagnostics)
	}
	objects, err := generate.ConfigMaps(o.vizNamespace, text, generate.SidecarConfig(file))
	if err != nil {
		return err
	}
	if _, err := streams.Out.Write(objects); err != nil {
		return fmt.Errorf("printing the ConfigMaps: %w", err)
	}
	return nil
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

// choices reads the flags that choose rules.
func (o generateOptions) choices() (generate.Choices, error) {
	c := generate.Choices{Namespaces: o.namespaces, Counter: o.counter}
	for _, name := range o.namespaces {
		if err := generate.CheckNamespace(name); err != nil {
			return c, usagef("--namespace is %q: %w", name, err)
		}
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

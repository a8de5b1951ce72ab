package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/docs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const lintHelp = `Find what would lose data between linkerd-viz' Prometheus and Google Cloud
Monitoring, before it can: in annotations, selectors, recording rules, the sidecar's
configuration and the pod, each by itself and all against each other.

What to look at is one of these:

- Files of Kubernetes objects or Helm values, with -f: annotated Namespaces, the
  ConfigMaps that they name, pods and workloads of linkerd-viz' Prometheus, and
  values with prometheus.sidecarContainers or prometheus.ruleConfigMapMounts. What
  has nothing to do with the export is passed over. An object that names no namespace
  is in that of --namespace, else in the only Namespace of the input, else in
  "default".
- Bare files, with --rules, --sidecar-config and --include.
- A live namespace, with --namespace alone. Nothing is changed. The pod is that which
  Prometheus' Deployment makes next or, where there is none, the one that runs. The
  sidecar's image is the injector's where no annotation names one.

With --annotation, all of it is looked at as if the namespace were annotated so.

Exit codes: 0 no errors, 1 errors, 2 used wrongly or unreadable input. What could not
be checked is said on stderr.`

const lintExamples = `  linkerd-gcm lint -f viz/

  linkerd-gcm generate | linkerd-gcm lint -f -

  linkerd-gcm lint --rules recording_rules.yml --sidecar-config sidecar.yml --include '{__name__=~"linkerd_job:.+"}'

  linkerd-gcm lint --namespace linkerd-viz

  # In a GitHub workflow.
  linkerd-gcm lint -f deploy/ -o github --warnings-as-errors

  linkerd-gcm lint --explain REN005`

type lintOptions struct {
	files, rules, include []string
	sidecarConfig         string
	namespace             string
	annotations           []string
	sidecarImage          string
	output                string
	disabled              []string
	warningsAsErrors      bool
	explain               string
}

// result is what the input's check has found.
type result struct {
	findings []survey.Positioned
	notes    []string
	// checked says what was checked, such as "2 files".
	checked string
}

func newLint(streams genericiooptions.IOStreams, c *cluster) *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:     "lint (-f FILE | --rules FILE | --namespace NAMESPACE)",
		Short:   "Find what would lose data, in files or in a namespace",
		Long:    lintHelp,
		Example: lintExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is no flag; name files, folders or stdin with -f, as in -f %[1]s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("explain") {
				return explain(streams, o.explain)
			}
			return o.run(cmd.Context(), streams, c)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "A file, a folder, or - for stdin; repeatable")
	flags.StringArrayVar(&o.rules, "rules", nil, "A bare `file` of recording rules, or - for stdin; repeatable")
	flags.StringVar(&o.sidecarConfig, "sidecar-config", "", "A bare configuration `file` of the sidecar, or - for stdin")
	flags.StringArrayVar(&o.include, "include", nil, "A `selector` of the series to export, beside bare files; repeatable")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The live namespace to look at or, with -f, the namespace of objects that name none")
	flags.StringArrayVar(&o.annotations, "annotation", nil, "An annotation `key=value` of the namespace, the prefix "+settings.Prefix+" may be left out; repeatable")
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "The sidecar's image where no annotation names one, as the injector's flag of this name has it")
	flags.StringVarP(&o.output, "output", "o", report.Formats[0].Name, "What to print: "+lintFormatNames())
	flags.StringSliceVar(&o.disabled, "disable", nil, "The `ID` of a rule to leave out; repeatable, or separated by commas")
	flags.BoolVar(&o.warningsAsErrors, "warnings-as-errors", false, "Take warnings for errors")
	flags.StringVar(&o.explain, "explain", "", "Print what the documentation says of the rule with this `ID`, and check nothing")
	return cmd
}

func (o lintOptions) run(ctx context.Context, streams genericiooptions.IOStreams, c *cluster) error {
	format, err := lintFormat(o.output)
	if err != nil {
		return err
	}
	disabled, err := ruleIDs("--disable", o.disabled)
	if err != nil {
		return err
	}
	annotations, err := parseAnnotations(o.annotations)
	if err != nil {
		return err
	}
	found, err := o.check(ctx, streams, c, annotations, disabled)
	if err != nil {
		return err
	}
	r := report.Report{Findings: o.filter(found.findings, disabled), Checked: found.checked, Version: version}
	text, err := format.Print(r)
	if err != nil {
		return err
	}
	for _, note := range found.notes {
		fmt.Fprintf(streams.ErrOut, "%s: note: %s\n", program, note)
	}
	if _, err := streams.Out.Write(text); err != nil {
		return fmt.Errorf("printing the findings: %w", err)
	}
	if r.Count(lint.Error) > 0 {
		return errFound
	}
	return nil
}

// errFound ends the command with the exit code of a failure; what failed has been
// printed.
var errFound = errors.New("errors were found")

// check checks files, bare files or a live namespace, as the flags say.
func (o lintOptions) check(ctx context.Context, streams genericiooptions.IOStreams, c *cluster, annotations map[string]string, disabled []string) (result, error) {
	bare := len(o.rules) > 0 || o.sidecarConfig != "" || len(o.include) > 0
	switch {
	case len(o.files) > 0 && bare:
		return result{}, usagef("-f is given with --rules, --sidecar-config or --include: give objects or bare files")
	case len(o.files) > 0:
		return o.lintFiles(ctx, streams.In, annotations, slices.Contains(disabled, unreadable))
	case bare && o.namespace != "":
		return result{}, usagef("--namespace is given with bare files, which are in none: leave one of the two out")
	case bare:
		return o.lintBare(streams.In, annotations)
	case o.namespace != "":
		return o.lintLive(ctx, c, annotations)
	default:
		return result{}, usagef("nothing to look at: name files with -f or --rules, or a live namespace with --namespace, such as --namespace linkerd-viz")
	}
}

// filter leaves out findings of disabled rules, and makes errors of warnings where
// --warnings-as-errors asks for it.
func (o lintOptions) filter(findings []survey.Positioned, disabled []string) []survey.Positioned {
	var kept []survey.Positioned
	for _, f := range survey.Sorted(findings) {
		if slices.Contains(disabled, f.Rule) {
			continue
		}
		if o.warningsAsErrors && f.Severity == lint.Warning {
			f.Severity = lint.Error
		}
		kept = append(kept, f)
	}
	return kept
}

func explain(streams genericiooptions.IOStreams, id string) error {
	ids, err := ruleIDs("--explain", []string{id})
	if err != nil {
		return err
	}
	text, found := docs.Rule(ids[0])
	if !found {
		return fmt.Errorf("the documentation has nothing on %s", ids[0])
	}
	_, err = streams.Out.Write([]byte(text))
	return err
}

// ruleIDs returns the ids of rules in the table's letter case.
func ruleIDs(flag string, given []string) ([]string, error) {
	var known, ids []string
	for _, rule := range lint.Rules {
		known = append(known, rule.ID)
	}
	for _, word := range given {
		id := strings.ToUpper(strings.TrimSpace(word))
		if !slices.Contains(known, id) {
			return nil, usagef("%s is %q: there is no such rule; did you mean %s?", flag, word, spelling.Nearest(id, known))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func lintFormat(name string) (report.Format, error) {
	var names []string
	for _, f := range report.Formats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return report.Format{}, usagef("--output is %q; did you mean %q? There are %s", name, spelling.Nearest(name, names), strings.Join(names, ", "))
}

func lintFormatNames() string {
	var names []string
	for _, f := range report.Formats {
		names = append(names, fmt.Sprintf("%s (%s)", f.Name, f.Doc))
	}
	return strings.Join(names, ", ")
}

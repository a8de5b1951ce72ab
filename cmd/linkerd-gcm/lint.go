package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/docs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/kubeconfig"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const lintHelp = `Find mistakes that would lose data between linkerd-viz' Prometheus and Google Cloud
Monitoring, before data is lost: in annotations, selectors, recording rules, the
sidecar's configuration and the pod, and between them.

Check one of these:

- Files of Kubernetes objects or Helm values, with -f: annotated Namespaces, the
  ConfigMaps that they name, pods and workloads of linkerd-viz' Prometheus, its own
  configuration, and values of linkerd-viz, also those in a HelmRelease of Flux, an
  Application of Argo CD or a HelmChart of k3s. Values in several files are merged in
  their order, as Helm does; in a folder, each file is taken by itself. Everything else
  is ignored. An object that names no namespace is in the namespace of --namespace,
  else in the only Namespace of the input, else in "default".
- Bare files, without Kubernetes objects around them, with --rules, --sidecar-config
  and --include.
- A live namespace, with --namespace alone. Nothing is changed in the cluster. The pod
  is the one that Prometheus' Deployment makes next or, without a Deployment, the one
  that runs. If no annotation names the sidecar's image, it is that of the injector.

With --annotation, everything is checked as if the namespace had that annotation.
Where nothing tells which sidecar runs, it is gcm-exporter, unless --sidecar says
otherwise; the result ends with the one that the rules were judged for.

Exit codes: 0 no errors, 1 errors, 2 wrong usage or unreadable input. With
--warnings-as-errors, it is also 1 if there was nothing to check. The result ends with
what was checked, and with notes on what could not be.`

const lintExamples = `  linkerd-gcm lint -f viz/

  linkerd-gcm generate | linkerd-gcm lint -f -

  linkerd-gcm lint --rules recording_rules.yml --sidecar-config sidecar.yml --include '{__name__=~"linkerd_job:.+"}'

  linkerd-gcm lint --namespace linkerd-viz

  # In a GitHub workflow.
  linkerd-gcm lint -f deploy/ -o github --warnings-as-errors

  linkerd-gcm lint --explain REN005`

type lintOptions struct {
	files            []string
	bare             offline.BareFiles
	namespace        string
	annotations      []string
	sidecarImage     string
	sidecar          string
	allowedImages    []string
	output           string
	disabled         []string
	warningsAsErrors bool
	explain          string
}

func newLint(streams genericiooptions.IOStreams, c *kubeconfig.Flags) *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:     "lint (-f FILE | --rules FILE | --namespace NAMESPACE)",
		Short:   "Find mistakes that would lose data, in files or in a namespace",
		Long:    lintHelp,
		Example: lintExamples,
		Args:    onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("explain") {
				return explain(streams, o.explain)
			}
			return o.run(cmd.Context(), streams, c)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "A file, a folder with all folders in it, or - for stdin; repeatable")
	flags.StringArrayVar(&o.bare.Rules, "rules", nil, "A bare `file` of recording rules, or - for stdin; repeatable")
	flags.StringVar(&o.bare.SidecarConfig, "sidecar-config", "", "A bare configuration `file` of the sidecar, or - for stdin")
	flags.StringArrayVar(&o.bare.Include, "include", nil, "A `selector` of the series to export, together with bare files; repeatable")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The live namespace to check or, with -f, the namespace of objects that name none")
	flags.StringArrayVar(&o.annotations, "annotation", nil, "An annotation `key=value` of the namespace, the prefix "+settings.Prefix+" may be left out; repeatable")
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "The sidecar's image where no annotation names one, as in the injector's flag of this name; that of this program's version if not given")
	flags.StringVar(&o.sidecar, "sidecar", string(settings.GCMExporter), "The sidecar where neither an annotation, an image nor a pod tells: "+string(settings.GCMExporter)+" or "+string(settings.Stackdriver))
	addAllowedImages(flags, &o.allowedImages)
	flags.StringVarP(&o.output, "output", "o", report.Findings[0].Name, "What to print: "+report.Findings.Usage())
	flags.StringSliceVar(&o.disabled, "disable", nil, "The `ID` of a rule to ignore; repeatable, or separated by commas")
	flags.BoolVar(&o.warningsAsErrors, "warnings-as-errors", false, "Treat warnings as errors")
	flags.StringVar(&o.explain, "explain", "", "Print what the documentation says about the rule with this `ID`, and check nothing")
	return cmd
}

func (o lintOptions) run(ctx context.Context, streams genericiooptions.IOStreams, c *kubeconfig.Flags) error {
	format, err := report.Findings.Named(o.output)
	if err != nil {
		return usageError{err}
	}
	if o.disabled, err = survey.ParseRuleIDs(o.disabled); err != nil {
		return usagef("--disable: %w", err)
	}
	if o.bare.Annotations, err = survey.ParseAnnotations(o.annotations); err != nil {
		return usageError{err}
	}
	found, err := o.check(ctx, streams.In, c)
	if err != nil {
		return usageError{err}
	}
	found.Filter(o.disabled, o.warningsAsErrors)
	r := report.Report{
		Findings: found.Findings, Checked: found.Checked, Nothing: found.Nothing, Notes: found.Notes, Sidecars: found.Sidecars,
		Version: version, Terminal: terminal.Of(streams.Out, os.Getenv),
	}
	text, err := format.Print(r)
	if err != nil {
		return err
	}
	if format.Name != report.Findings[0].Name { // which people read
		for _, note := range found.Notes {
			fmt.Fprintf(streams.ErrOut, "%s: note: %s\n", program, note)
		}
	}
	if _, err := streams.Out.Write(text); err != nil {
		return fmt.Errorf("printing the findings: %w", err)
	}
	if r.Count(lint.Error) > 0 || r.Nothing && o.warningsAsErrors {
		return errFound
	}
	return nil
}

// errFound ends the command with the exit code of a failure. What failed is on stdout
// already.
var errFound = errors.New("errors were found")

// check checks objects, bare files or a live namespace, as the flags say.
func (o lintOptions) check(ctx context.Context, stdin io.Reader, c *kubeconfig.Flags) (survey.Report, error) {
	defaults, err := defaultsOf(o.sidecarImage, o.allowedImages)
	if err != nil {
		return survey.Report{}, err
	}
	defaults.Sidecar = settings.Sidecar(o.sidecar)
	if known := []settings.Sidecar{settings.GCMExporter, settings.Stackdriver}; !slices.Contains(known, defaults.Sidecar) {
		return survey.Report{}, fmt.Errorf("--sidecar is %q: want %s or %s", o.sidecar, known[0], known[1])
	}
	switch bare := o.bare.Given(); {
	case len(o.files) > 0 && bare:
		return survey.Report{}, errors.New("-f is given with --rules, --sidecar-config or --include: give objects or bare files")
	case len(o.files) > 0:
		return o.checkObjects(ctx, stdin, defaults)
	case bare && o.namespace != "":
		return survey.Report{}, errors.New("--namespace is given with bare files, which are in no namespace: leave one of the two out")
	case bare:
		return o.bare.Report(stdin, defaults)
	case o.namespace != "":
		return o.checkLive(ctx, c, defaults)
	default:
		return survey.Report{}, errors.New("nothing to check: name files with -f or --rules, or a live namespace with --namespace, such as --namespace linkerd-viz")
	}
}

// checkObjects checks the objects and Helm values in files.
func (o lintOptions) checkObjects(ctx context.Context, stdin io.Reader, defaults settings.Defaults) (survey.Report, error) {
	files, err := manifest.Read(o.files, stdin)
	var syntax manifest.SyntaxErrors
	if err != nil && (slices.Contains(o.disabled, offline.InvalidYAML) || !errors.As(err, &syntax)) {
		return survey.Report{}, err
	}
	if err := addOwnImage(&defaults, false); err != nil {
		return survey.Report{}, err
	}
	in := offline.Input{Files: files, Namespace: o.namespace, Annotations: o.bare.Annotations}
	return in.Report(ctx, syntax, defaults)
}

// checkLive checks a namespace of the cluster.
func (o lintOptions) checkLive(ctx context.Context, c *kubeconfig.Flags, defaults settings.Defaults) (survey.Report, error) {
	reader, err := c.Reader()
	if err != nil {
		return survey.Report{}, err
	}
	unknown := addInstalled(ctx, reader, &defaults)
	if err := addOwnImage(&defaults, false); err != nil {
		return survey.Report{}, err
	}
	found, err := survey.NewLiveNamespace(reader, o.namespace, o.bare.Annotations).Report(ctx, defaults)
	if unknown != nil {
		found.Notes = append(found.Notes, fmt.Sprintf("the injector's --sidecar-image and --allowed-sidecar-images are not known, give them with flags of the same names: %s", unknown))
	}
	return found, err
}

func explain(streams genericiooptions.IOStreams, id string) error {
	ids, err := survey.ParseRuleIDs([]string{id})
	if err != nil {
		return usagef("--explain: %w", err)
	}
	text, found := docs.Rule(ids[0])
	if !found {
		return fmt.Errorf("the documentation does not describe %s", ids[0])
	}
	_, err = streams.Out.Write([]byte(text))
	return err
}

package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/values"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

const installHelp = `Print the objects that install linkerd-gcm: its namespace, the injector with
everything that it needs, and the webhook configurations. The command does not use a
cluster.

Values are those of the Helm chart, and work as in Helm: --set overrides --values,
--set-string overrides --set, and --set-file overrides both. If one flag is repeated,
the later one overrides the earlier one. Values that contradict each other are
refused.`

const installExamples = `  linkerd-gcm install | kubectl apply --server-side -f -

  linkerd-gcm install --set certificates=cert-manager,replicas=3 | kubectl apply --server-side -f -

  # An injector outside the cluster, for development.
  linkerd-gcm install --webhook-url https://192.0.2.7:10250 | kubectl apply --server-side -f -`

// afterInstall are the next steps, which the user takes; its parameter is forGoogle
// where Google's sidecar is injected.
const afterInstall = `Next, after these objects are applied:

  linkerd gcm check --wait 5m
%s  kubectl annotate namespace linkerd-viz \
    gcm.linkerd.io/inject=enabled \
    gcm.linkerd.io/project-id=MY-PROJECT
  kubectl -n linkerd-viz rollout restart deployment/prometheus
  linkerd gcm check
`

// forGoogle makes the two ConfigMaps, without which Google's sidecar exports nothing.
const forGoogle = "  linkerd gcm generate --sidecar stackdriver | kubectl apply --server-side -f -\n"

// unpublished refuses to install an image that no node could pull; its parameters are this
// program's version and the image.
const unpublished = `this is a development build, version %s, and nobody has published its image,
%s. Build the image of the same checkout, push it
to a registry that your nodes pull from, and name it:

  make image PUSH=registry.example.com/linkerd-gcm
  linkerd gcm install --image registry.example.com/linkerd-gcm | kubectl apply --server-side -f -

Or name the image of a release with --image, or render with the CLI of a release.`

// needsCertManager is for objects of kinds that a cluster may not know.
const needsCertManager = `cert-manager has to be installed first: without it, kubectl says "no matches for kind
Certificate", and the injector's pods wait for a Secret that nobody creates.

`

type installOptions struct {
	values.Given
	output string
}

func newInstall(streams genericiooptions.IOStreams) *cobra.Command {
	var o installOptions
	cmd := &cobra.Command{
		Use:     "install",
		Short:   "Print the objects that install linkerd-gcm",
		Long:    installHelp,
		Example: installExamples,
		RunE:    func(*cobra.Command, []string) error { return o.run(streams) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.Files, "values", "f", nil, "A file of values, or - for stdin; repeatable")
	flags.StringArrayVar(&o.Set, "set", nil, "Values `key=value,...`; repeatable")
	flags.StringArrayVar(&o.SetString, "set-string", nil, "Values `key=value,...` that are text; repeatable")
	flags.StringArrayVar(&o.SetFile, "set-file", nil, "Values `key=file,...` that are the text of files; repeatable")
	flags.StringVar(&o.Image, "image", "", "The image that holds the injector and gcm-exporter, for the values image.repository, image.tag and image.digest")
	flags.StringVar(&o.WebhookURL, "webhook-url", "", "The base URL of an injector outside the cluster, for the value webhookURL")
	flags.StringVarP(&o.output, "output", "o", "yaml", "What to print: yaml or json")
	return cmd
}

func (o installOptions) run(streams genericiooptions.IOStreams) error {
	if o.output != "yaml" && o.output != "json" {
		return usagef("--output is %q: want yaml or json", o.output)
	}
	merged, err := o.Merge(streams.In)
	if err != nil {
		return usageError{err}
	}
	options := manifests.Options{Values: merged, Version: chartVersion()}
	text, err := manifests.Render(options)
	if err != nil {
		return usageError{values.Refusal(err)}
	}
	if image, err := manifests.UnpublishedImage(options); err != nil || image != "" {
		return cmp.Or(err, fmt.Errorf(unpublished, version, image))
	}
	if o.output == "json" {
		objects, err := manifest.Split("the chart", text)
		if err != nil {
			return err
		}
		if text, err = manifest.JSON(objects); err != nil {
			return err
		}
	}
	if _, err = streams.Out.Write(text); err != nil {
		return fmt.Errorf("printing the objects: %w", err)
	}
	if merged["certificates"] == "cert-manager" {
		fmt.Fprint(streams.ErrOut, needsCertManager)
	}
	generate := ""
	if image, _ := merged["sidecarImage"].(string); strings.Contains(image, stackdriver.Name) {
		generate = forGoogle
	}
	_, err = fmt.Fprintf(streams.ErrOut, afterInstall, generate)
	return err
}

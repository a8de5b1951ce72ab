package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

const installHelp = `Print the objects that install linkerd-gcm: its namespace, the injector with all
that it needs, and the webhook configurations. No cluster is asked.

Values are those of the Helm chart, and mean what they mean to Helm: --set
overrides --values, --set-string overrides --set, --set-file overrides both, and
of two of a kind the later one holds. Values that contradict each other are
refused.`

const installExamples = `  linkerd-gcm install | kubectl apply -f -

  linkerd-gcm install --set certificates=cert-manager,replicas=3 | kubectl apply -f -

  # An injector outside the cluster, for development.
  linkerd-gcm install --webhook-url https://192.0.2.7:10250 | kubectl apply -f -`

// afterInstall is what remains to be done by hand.
const afterInstall = `Next, once these objects are applied:

  linkerd gcm generate | kubectl apply -f -
  kubectl annotate namespace linkerd-viz \
    gcm.linkerd.io/inject=enabled \
    gcm.linkerd.io/project-id=<project> \
    gcm.linkerd.io/sidecar-image=<image>
  kubectl -n linkerd-viz rollout restart deployment/prometheus
  linkerd gcm check
`

type installOptions struct {
	valueFiles, values, strings, files []string
	image, webhookURL, output          string
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
	flags.StringArrayVarP(&o.valueFiles, "values", "f", nil, "A file of values, or - for stdin; repeatable")
	flags.StringArrayVar(&o.values, "set", nil, "Values `key=value,...`; repeatable")
	flags.StringArrayVar(&o.strings, "set-string", nil, "Values `key=value,...` that are text; repeatable")
	flags.StringArrayVar(&o.files, "set-file", nil, "Values `key=file,...` that are the text of files; repeatable")
	flags.StringVar(&o.image, "image", "", "The injector's image, for the values image.repository, image.tag and image.digest")
	flags.StringVar(&o.webhookURL, "webhook-url", "", "The base URL of an injector outside the cluster, for the value webhookURL")
	flags.StringVarP(&o.output, "output", "o", "yaml", "What to print: yaml or json")
	return cmd
}

func (o installOptions) run(streams genericiooptions.IOStreams) error {
	if o.output != "yaml" && o.output != "json" {
		return usagef("--output is %q: want yaml or json", o.output)
	}
	values, err := o.merge(streams.In)
	if err != nil {
		return usageError{err}
	}
	options := manifests.Options{Values: values}
	if version != unreleased {
		options.Version = version
	}
	text, err := manifests.Render(options)
	if err != nil {
		return usageError{chartError(err)}
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
	_, err = io.WriteString(streams.ErrOut, afterInstall)
	return err
}

// merge returns all values that are given, in Helm's order.
func (o installOptions) merge(stdin io.Reader) (map[string]any, error) {
	values := map[string]any{}
	for _, name := range o.valueFiles {
		text, err := readValues(name, stdin)
		if err != nil {
			return nil, err
		}
		values = loader.MergeMaps(values, text)
	}
	readFile := func(name []rune) (any, error) {
		text, err := os.ReadFile(string(name))
		return string(text), err
	}
	for _, given := range []struct {
		flag  string
		words []string
		parse func(string) error
	}{
		{"--set", o.values, func(word string) error { return strvals.ParseInto(word, values) }},
		{"--set-string", o.strings, func(word string) error { return strvals.ParseIntoString(word, values) }},
		{"--set-file", o.files, func(word string) error { return strvals.ParseIntoFile(word, values, readFile) }},
	} {
		for _, word := range given.words {
			if err := given.parse(word); err != nil {
				return nil, fmt.Errorf("%s is %q: %w", given.flag, word, err)
			}
		}
	}
	return loader.MergeMaps(values, o.shorthands()), nil
}

// readValues reads a file of values.
func readValues(name string, stdin io.Reader) (map[string]any, error) {
	files, err := manifest.Read([]string{name}, stdin)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, file := range files {
		more, err := loader.LoadValues(bytes.NewReader(file.Text()))
		if err != nil {
			return nil, fmt.Errorf("%s holds no values: %w", file.Name, err)
		}
		values = loader.MergeMaps(values, more)
	}
	return values, nil
}

// shorthands returns the values that have a flag of their own.
func (o installOptions) shorthands() map[string]any {
	values := map[string]any{}
	if o.webhookURL != "" {
		values["webhookURL"] = o.webhookURL
	}
	if o.image != "" {
		image := map[string]any{"repository": o.image}
		name, digest, _ := strings.Cut(o.image, "@")
		if digest != "" {
			image["repository"], image["digest"] = name, digest
		}
		if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
			image["repository"], image["tag"] = name[:colon], name[colon+1:]
		}
		values["image"] = image
	}
	return values
}

var (
	// chartFailure is what Helm puts before a sentence of the chart's own.
	chartFailure = regexp.MustCompile(`(?s)^.*error calling fail: |^.*execution error at \([^)]*\): `)
	// schemaFailure is one fault that the chart's schema finds.
	schemaFailure = regexp.MustCompile(`(?m)^- at '(.*?)': (.*)$`)
)

// chartError leaves of an error what the chart itself says.
func chartError(err error) error {
	var faults []string
	for _, fault := range schemaFailure.FindAllStringSubmatch(err.Error(), -1) {
		value := strings.ReplaceAll(strings.TrimPrefix(fault[1], "/"), "/", ".")
		faults = append(faults, fmt.Sprintf("value %s: %s", cmp.Or(value, "(top level)"), fault[2]))
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return errors.New(strings.Join(faults, "\n"))
	}
	return errors.New(chartFailure.ReplaceAllString(err.Error(), ""))
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const injectHelp = `Print Kubernetes objects with the sidecar in the pods of linkerd-viz' Prometheus,
exactly as the webhook would put it there. No cluster is asked.

Pods, and the pod templates of Deployments, StatefulSets, DaemonSets, ReplicaSets,
ReplicationControllers, Jobs, CronJobs and PodTemplates are injected where they
have the labels linkerd.io/extension=viz and component=prometheus and where the
annotations ask for it, also within lists. All else is printed byte for byte.

Annotations are read from the pod and, where it has none, from the Namespace in
the input, in whichever file it stands; --annotation overrides the Namespace, and
of several Namespaces with one name a later one overrides an earlier one.
An object that names no namespace is in that of --namespace, else in the only
Namespace of the input, else in "default".

ConfigMaps that the annotations name are checked where the input holds them; a
note on stderr names those that it does not hold. With invalid annotations,
nothing is printed but every problem, on stderr.`

const injectExamples = `  kustomize build | linkerd-gcm inject -f - | kubectl apply -f -

  linkerd viz install | linkerd-gcm inject -f - \
    --annotation inject=enabled --annotation project-id=my-project \
    --sidecar-image registry.example.com/stackdriver-prometheus-sidecar:0.10.1

  linkerd-gcm inject -f viz/ -o diff | patch -p1`

type injectOptions struct {
	files        []string
	output       string
	namespace    string
	annotations  []string
	sidecarImage string
}

func newInject(streams genericiooptions.IOStreams) *cobra.Command {
	var o injectOptions
	cmd := &cobra.Command{
		Use:     "inject -f FILE",
		Short:   "Put the sidecar into Kubernetes objects of files",
		Long:    injectHelp,
		Example: injectExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is no flag; name files, folders or stdin with -f, as in -f %[1]s", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), streams)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "A file, a folder, or - for stdin; repeatable")
	flags.StringVarP(&o.output, "output", "o", "yaml", "What to print: "+formatNames())
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The namespace of objects that name none")
	flags.StringArrayVar(&o.annotations, "annotation", nil, "An annotation `key=value` of the namespace, the prefix "+settings.Prefix+" may be left out; repeatable")
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "The sidecar's image where no annotation names one")
	return cmd
}

func (o injectOptions) run(ctx context.Context, streams genericiooptions.IOStreams) error {
	format, err := formatNamed(o.output)
	if err != nil {
		return err
	}
	if len(o.files) == 0 {
		return usagef("nothing to read: name a file or folder with -f, or -f - for stdin")
	}
	annotations, err := parseAnnotations(o.annotations)
	if err != nil {
		return err
	}
	files, err := manifest.Read(o.files, streams.In)
	if err != nil {
		return usageError{err}
	}
	input := offline.Input{Files: files, Namespace: o.namespace, Annotations: annotations}
	verdicts, err := input.Decide(ctx, settings.Defaults{SidecarImage: o.sidecarImage}, version)
	if err != nil {
		return usageError{err}
	}
	if err := problems(verdicts, annotations); err != nil {
		return err
	}
	injected, err := input.Inject(verdicts)
	if err != nil {
		return err
	}
	text, err := format.print(injection{files, injected, verdicts})
	if err != nil {
		return err
	}
	for _, line := range notes(verdicts) {
		fmt.Fprintf(streams.ErrOut, "%s: %s\n", program, line)
	}
	_, err = streams.Out.Write(text)
	return err
}

// parseAnnotations reads key=value, the key with or without the prefix.
func parseAnnotations(given []string) (map[string]string, error) {
	annotations := map[string]string{}
	for _, word := range given {
		key, value, hasValue := strings.Cut(word, "=")
		if !hasValue || key == "" {
			return nil, usagef("--annotation is %q: want key=value, such as project-id=my-project", word)
		}
		if !strings.Contains(key, "/") {
			key = settings.Prefix + key
		}
		if !strings.HasPrefix(key, settings.Prefix) {
			return nil, usagef("--annotation is %q: want a key under %s", word, settings.Prefix)
		}
		annotations[key] = value
	}
	return annotations, nil
}

// problems returns everything that has to be mended, one a line. Where nothing
// asks for the sidecar, that may be because an annotation is misspelt.
func problems(verdicts []offline.Verdict, annotations map[string]string) error {
	var all []error
	asked := false
	for _, v := range verdicts {
		asked = asked || v.Outcome != inject.Skipped
		if v.Outcome == inject.Denied {
			for _, problem := range v.Problems {
				all = append(all, fmt.Errorf("%s: %s", v.Place, problem))
			}
		}
	}
	_, wrong := settings.Parse(annotations, nil, settings.Defaults{})
	for _, problem := range wrong {
		if !asked && problem.Source == settings.FromNamespace {
			all = append(all, fmt.Errorf("--annotation: %w", problem))
		}
	}
	return errors.Join(all...)
}

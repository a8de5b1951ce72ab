package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/internal/report"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const injectHelp = `Print Kubernetes objects with the sidecar added to the pods of linkerd-viz'
Prometheus, exactly as the webhook would add it. The command does not use a cluster.

Pods, and the pod templates of Deployments, StatefulSets, DaemonSets, ReplicaSets,
ReplicationControllers, Jobs, CronJobs and PodTemplates are injected if they have
the labels linkerd.io/extension=viz and component=prometheus and if the annotations
ask for it, also in lists. Everything else is printed unchanged, byte for byte.

Each annotation is read from the pod or, if the pod does not have it, from the
Namespace in the input, in any of the files. --annotation overrides the Namespace.
If several Namespaces have one name, a later one overrides an earlier one.
An object that names no namespace is in the namespace of --namespace, else in the
only Namespace of the input, else in "default".

ConfigMaps that the annotations name are checked if they are in the input; a note on
stderr names the others. If annotations or ConfigMaps are invalid, only the problems
are printed, on stderr.`

const injectExamples = `  kustomize build | linkerd-gcm inject -f - | kubectl apply -f -

  linkerd viz install | linkerd-gcm inject -f - \
    --annotation inject=enabled --annotation project-id=my-project

  linkerd-gcm inject -f viz/ -o diff | patch -p1`

type injectOptions struct {
	files         []string
	output        string
	namespace     string
	annotations   []string
	sidecarImage  string
	allowedImages []string
}

func newInject(streams genericiooptions.IOStreams) *cobra.Command {
	var o injectOptions
	cmd := &cobra.Command{
		Use:     "inject -f FILE",
		Short:   "Add the sidecar to Kubernetes objects in files",
		Long:    injectHelp,
		Example: injectExamples,
		Args:    onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), streams)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "filename", "f", nil, "A file, a folder with all folders in it, or - for stdin; repeatable")
	flags.StringVarP(&o.output, "output", "o", "yaml", "What to print: "+report.Injections.Usage())
	flags.StringVarP(&o.namespace, "namespace", "n", "", "The namespace of objects that name none")
	flags.StringArrayVar(&o.annotations, "annotation", nil, "An annotation `key=value` of the namespace, the prefix "+settings.Prefix+" may be left out; repeatable")
	flags.StringVar(&o.sidecarImage, "sidecar-image", "", "The sidecar's image where no annotation names one; that of this program's version if not given")
	addAllowedImages(flags, &o.allowedImages)
	return cmd
}

func (o injectOptions) run(ctx context.Context, streams genericiooptions.IOStreams) error {
	format, err := report.Injections.Named(o.output)
	if err != nil {
		return usageError{err}
	}
	if len(o.files) == 0 {
		return usagef("nothing to read: name a file or folder with -f, or -f - for stdin")
	}
	annotations, err := survey.ParseAnnotations(o.annotations)
	if err != nil {
		return usageError{err}
	}
	files, err := manifest.Read(o.files, streams.In)
	if err != nil {
		return usageError{err}
	}
	defaults, err := defaultsOf(o.sidecarImage, o.allowedImages)
	if err == nil {
		err = addOwnImage(&defaults, true)
	}
	if err != nil {
		return usageError{err}
	}
	in := offline.Input{Files: files, Namespace: o.namespace, Annotations: annotations}
	verdicts, err := in.Decide(ctx, defaults, version)
	if err != nil {
		return usageError{err}
	}
	if err := in.Refusal(verdicts); err != nil {
		return err
	}
	injected, err := in.Inject(verdicts)
	if err != nil {
		return err
	}
	text, err := format.Print(report.Injection{Before: files, After: injected, Verdicts: verdicts})
	if err != nil {
		return usageError{err}
	}
	for _, note := range offline.Notes(verdicts) {
		fmt.Fprintf(streams.ErrOut, "%s: %s\n", program, note)
	}
	if _, err := streams.Out.Write(text); err != nil {
		return fmt.Errorf("printing the objects: %w", err)
	}
	return nil
}

package webhook

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// ConfigurationPath is where the API server sends changes of namespaces and ConfigMaps.
const ConfigurationPath = "/validate-config"

// ConfigurationHandler refuses changes that make the configuration of a namespace
// wrong, at the moment in which somebody makes them.
//
// It lets pass what leaves a wrong configuration no worse, so that it can be
// mended step by step, and what is not yet complete, so that it can be made in
// any order. The pod is judged by all of it in the end.
type ConfigurationHandler struct {
	Source   Source
	Defaults settings.Defaults
	Metrics  *Metrics
}

// Handle implements admission.Handler.
func (h *ConfigurationHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	around := guard{
		about:       "a change of the configuration",
		consequence: "the change is made without being checked",
		remedy:      "run linkerd-gcm lint to check it",
		count:       h.Metrics.countChange,
	}
	decide := func(ctx context.Context) (Decision, error) { return h.decide(ctx, request) }
	respond := func(_ context.Context, d Decision) admission.Response {
		return respondToChange(d, namespaceOf(request))
	}
	return around.handle(ctx, request, decide, respond, func() string { return request.Kind.Kind + "/" + request.Name })
}

func (h *ConfigurationHandler) decide(ctx context.Context, request admission.Request) (Decision, error) {
	switch request.Kind.Kind {
	case "Namespace":
		return h.decideNamespace(ctx, request)
	case "ConfigMap":
		return h.decideConfigMap(ctx, request)
	}
	return Decision{}, undecodableError{fmt.Errorf("the request is about a %q, want a Namespace or ConfigMap", request.Kind.Kind)}
}

func (h *ConfigurationHandler) decideNamespace(ctx context.Context, request admission.Request) (Decision, error) {
	var before, after corev1.Namespace
	if err := decodeChange(request, &before, &after); err != nil {
		return Decision{}, err
	}
	if maps.Equal(ours(before.Annotations), ours(after.Annotations)) {
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	now := h.read(request.Name, after.Annotations)
	if !Asks(after.Annotations, nil) {
		return change{was: h.read(request.Name, before.Annotations), now: now}.judgeUnasked(), nil
	}
	files, err := readConfigMaps(ctx, h.Source, request.Name, now.Settings)
	if err != nil {
		return Decision{}, err
	}
	c := change{now: now, files: files}
	if Asks(before.Annotations, nil) {
		c.was = h.read(request.Name, before.Annotations)
		if c.wereFiles, err = readConfigMaps(ctx, h.Source, request.Name, c.was.Settings); err != nil {
			return Decision{}, err
		}
	}
	return c.judge(), nil
}

func (h *ConfigurationHandler) decideConfigMap(ctx context.Context, request admission.Request) (Decision, error) {
	annotations, err := h.Source.NamespaceAnnotations(ctx, request.Namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", request.Namespace, err)
	}
	in := h.read(request.Namespace, annotations)
	switch {
	case !Asks(annotations, nil):
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	case !names(in.Settings, request.Name):
		return Decision{Outcome: Skipped, Reason: Unreferenced}, nil
	case request.Operation == admissionv1.Delete:
		return Decision{Outcome: Accepted, Reason: InUse, Warnings: []string{fmt.Sprintf(
			"the annotations of namespace %s name ConfigMap %s: the next pod of Prometheus will be refused without it", request.Namespace, request.Name)}}, nil
	}
	var before, after corev1.ConfigMap
	if err := decodeChange(request, &before, &after); err != nil {
		return Decision{}, err
	}
	if request.Operation == admissionv1.Update && sameTexts(&before, &after) {
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	files, err := readConfigMaps(ctx, h.Source, request.Namespace, in.Settings)
	if err != nil {
		return Decision{}, err
	}
	c := change{configMap: request.Name, was: in, now: in, wereFiles: maps.Clone(files), files: files}
	c.files[request.Name] = &after
	if c.wereFiles[request.Name] = nil; request.Operation == admissionv1.Update {
		c.wereFiles[request.Name] = &before
	}
	return c.judge(), nil
}

// read returns what a namespace's annotations ask for.
func (h *ConfigurationHandler) read(namespace string, annotations map[string]string) lint.Input {
	object := lint.Object{Kind: "Namespace", Name: namespace}
	return lint.FromAnnotations(lint.Annotated{Object: object, Annotations: annotations}, lint.Annotated{}, h.Defaults)
}

func respondToChange(d Decision, namespace string) admission.Response {
	all := lintNamespace(namespace)
	switch d.Outcome {
	case Denied:
		return admission.Denied(listed(d.Problems, lintFile)).WithWarnings(bounded(d.Warnings, lintFile)...)
	case Bypassed:
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(append(d.Problems, d.Warnings...), all)...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(d.Warnings, all)...)
	}
}

// decodeChange reads the object of a request as it was and as it is to be. What
// was not there before stays empty.
func decodeChange[T any, P interface {
	*T
	runtime.Object
}](request admission.Request, before, after P) error {
	if len(request.OldObject.Raw) > 0 {
		if err := decoder.DecodeRaw(request.OldObject, before); err != nil {
			return undecodableError{fmt.Errorf("decoding the %s as it was: %w", request.Kind.Kind, err)}
		}
	}
	if err := decoder.DecodeRaw(request.Object, after); err != nil {
		return undecodableError{fmt.Errorf("decoding the %s: %w", request.Kind.Kind, err)}
	}
	return nil
}

// ours are the annotations that this project reads.
func ours(annotations map[string]string) map[string]string {
	all := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, settings.Prefix) {
			all[key] = value
		}
	}
	return all
}

func names(s settings.Settings, configMap string) bool {
	return slices.ContainsFunc(s.ConfigMapKeys(), func(k settings.ObjectKey) bool { return k.Name == configMap })
}

func sameTexts(a, b *corev1.ConfigMap) bool {
	return maps.Equal(a.Data, b.Data) && maps.EqualFunc(a.BinaryData, b.BinaryData, bytes.Equal)
}

// namespaceOf returns the namespace that a request is about, which is none that
// it is in where it is a namespace itself.
func namespaceOf(request admission.Request) string {
	if request.Namespace != "" {
		return request.Namespace
	}
	return request.Name
}

package webhook

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
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
	Decider inject.Decider
	Metrics *Metrics
}

// Handle implements admission.Handler.
func (h *ConfigurationHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	around := guard{
		about:       "a change of the configuration",
		consequence: "the change is made without being checked",
		remedy:      "run linkerd-gcm lint to check it",
		count:       h.Metrics.countChange,
	}
	decide := func(ctx context.Context) (inject.Decision, error) { return h.decide(ctx, request) }
	respond := func(_ context.Context, d inject.Decision) admission.Response {
		return respondToChange(d, namespaceOf(request))
	}
	return around.handle(ctx, request, decide, respond, func() string { return request.Kind.Kind + "/" + request.Name })
}

// decide decodes the object as it was and as it is to be, and decides about the change.
func (h *ConfigurationHandler) decide(ctx context.Context, request admission.Request) (inject.Decision, error) {
	switch request.Kind.Kind {
	case "Namespace":
		before, after, err := decodeChange[corev1.Namespace](request)
		if err != nil {
			return inject.Decision{}, err
		}
		return h.Decider.DecideNamespace(ctx, request.Name, annotationsOf(before), annotationsOf(after))
	case "ConfigMap":
		before, after, err := decodeChange[corev1.ConfigMap](request)
		if err != nil {
			return inject.Decision{}, err
		}
		return h.Decider.DecideConfigMap(ctx, request.Namespace, request.Name, before, after)
	}
	return inject.Decision{}, undecodableError{fmt.Errorf("the request is about a %q, want a Namespace or ConfigMap", request.Kind.Kind)}
}

func respondToChange(d inject.Decision, namespace string) admission.Response {
	all := lintNamespace(namespace)
	switch d.Outcome {
	case inject.Denied:
		return admission.Denied(listed(d.Problems, lintFile)).WithWarnings(bounded(d.Warnings, lintFile)...)
	case inject.Bypassed:
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(append(d.Problems, d.Warnings...), all)...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(d.Warnings, all)...)
	}
}

func annotationsOf(namespace *corev1.Namespace) map[string]string {
	if namespace == nil {
		return nil
	}
	return namespace.Annotations
}

// decodeChange reads the object of a request as it was, nil where it is created, and
// as it is to be, nil where it is deleted.
func decodeChange[T any, P interface {
	*T
	runtime.Object
}](request admission.Request) (before, after P, err error) {
	if len(request.OldObject.Raw) > 0 {
		before = new(T)
		if err := decoder.DecodeRaw(request.OldObject, before); err != nil {
			return nil, nil, undecodableError{fmt.Errorf("decoding the %s as it was: %w", request.Kind.Kind, err)}
		}
	}
	if request.Operation == admissionv1.Delete {
		return before, nil, nil
	}
	after = new(T)
	if err := decoder.DecodeRaw(request.Object, after); err != nil {
		return nil, nil, undecodableError{fmt.Errorf("decoding the %s: %w", request.Kind.Kind, err)}
	}
	return before, after, nil
}

// namespaceOf returns the namespace that a request is about, which is none that
// it is in where it is a namespace itself.
func namespaceOf(request admission.Request) string {
	if request.Namespace != "" {
		return request.Namespace
	}
	return request.Name
}

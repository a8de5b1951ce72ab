package webhook

import (
	"context"
	"fmt"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// ConfigurationPath is where the API server sends changes of namespaces and ConfigMaps.
const ConfigurationPath = "/validate-config"

var decoder = admission.NewDecoder(clientgoscheme.Scheme)

// changeFailure says what becomes of a change because of an error, and what to do.
func changeFailure(err error) string {
	return fmt.Sprintf("the change is made without being checked, because the injector failed: %v; run linkerd-gcm lint to check it", err)
}

// ConfigurationHandler refuses changes that break the configuration of a namespace:
// its annotations, and the ConfigMaps that they name.
type ConfigurationHandler struct {
	Decider inject.Decider
	Metrics *Metrics
	Turns   *Turns
}

// Handle implements admission.Handler.
func (h *ConfigurationHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	ctx, cancel := context.WithTimeout(ctx, decisionTimeout)
	defer cancel()
	started := time.Now()
	decision, err := failOpen(changeFailure, func() (inject.Decision, error) { return h.decide(ctx, request) })
	logDecision(ctx, "Decided about a change of the configuration", request, request.Kind.Kind+"/"+request.Name, decision, started, err)
	h.Metrics.countChange(decision, dryRun(request))
	return respondToChange(decision, namespaceOf(request))
}

// decide decodes the object as it was and as it is to be, and decides about the change.
func (h *ConfigurationHandler) decide(ctx context.Context, request admission.Request) (inject.Decision, error) {
	end, err := h.Turns.take(ctx, request)
	if err != nil {
		return inject.Decision{}, err
	}
	defer end()
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
	return inject.Decision{}, inject.UndecodableError{Err: fmt.Errorf("the request is about a %q, want a Namespace or ConfigMap", request.Kind.Kind)}
}

func respondToChange(d inject.Decision, namespace string) admission.Response {
	command := lintNamespace(namespace)
	switch d.Outcome {
	case inject.Denied:
		return admission.Denied(join(d.Problems, lintFile)).WithWarnings(truncate(d.Warnings, lintFile)...)
	case inject.Bypassed:
		return admission.Allowed(string(d.Reason)).WithWarnings(truncate(append(d.Problems, d.Warnings...), command)...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(truncate(d.Warnings, command)...)
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
			return nil, nil, inject.UndecodableError{Err: fmt.Errorf("decoding the %s as it was: %w", request.Kind.Kind, err)}
		}
	}
	if request.Operation == admissionv1.Delete {
		return before, nil, nil
	}
	after = new(T)
	if err := decoder.DecodeRaw(request.Object, after); err != nil {
		return nil, nil, inject.UndecodableError{Err: fmt.Errorf("decoding the %s: %w", request.Kind.Kind, err)}
	}
	return before, after, nil
}

// namespaceOf returns the namespace that a request is about: the one that the object
// is in, or the object itself.
func namespaceOf(request admission.Request) string {
	if request.Namespace != "" {
		return request.Namespace
	}
	return request.Name
}

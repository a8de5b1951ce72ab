package webhook

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// PodPath is where the API server sends new pods.
const PodPath = "/mutate-pods"

var decoder = admission.NewDecoder(clientgoscheme.Scheme)

// PodHandler injects pods at their creation.
//
// It is a raw handler, because a mistake of the user's and a fault of ours have
// opposite answers: the one is refused, the other admitted with a warning.
type PodHandler struct {
	Decider inject.Decider
	Events  EventSink
	Metrics *Metrics
}

// EventSink tells the owner of a pod what was decided.
type EventSink interface {
	Announce(ctx context.Context, namespace string, pod *corev1.Pod, decision inject.Decision)
}

// Handle implements admission.Handler.
func (h *PodHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	pod := &corev1.Pod{}
	decide := func(ctx context.Context) (inject.Decision, error) {
		if err := decoder.Decode(request, pod); err != nil {
			return inject.Decision{}, undecodableError{fmt.Errorf("decoding the pod: %w", err)}
		}
		return h.Decider.DecidePod(ctx, request.Namespace, pod)
	}
	respond := func(ctx context.Context, decision inject.Decision) admission.Response {
		if !dryRun(request) {
			h.Events.Announce(ctx, request.Namespace, pod, decision)
		}
		return respondToPod(decision, request.Namespace)
	}
	around := guard{
		about:       "a pod",
		consequence: "the pod starts without the sidecar",
		remedy:      "restart the pod to try again",
		count:       h.Metrics.countPod,
	}
	return around.handle(ctx, request, decide, respond, func() string { return inject.PodName(pod) })
}

func respondToPod(d inject.Decision, namespace string) admission.Response {
	all := lintNamespace(namespace)
	switch d.Outcome {
	case inject.Injected:
		return admission.Patched(string(d.Reason), d.Operations...).WithWarnings(bounded(d.Warnings, all)...)
	case inject.Denied:
		return admission.Denied(refusalText(d.Problems, all)).WithWarnings(bounded(d.Warnings, all)...)
	case inject.Bypassed:
		warnings := slices.Concat([]string{"the pod starts without the sidecar, because its configuration is wrong"}, d.Problems, d.Warnings)
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(warnings, all)...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(bounded(d.Warnings, all)...)
	}
}

// refusalText ends with the way out for who needs Prometheus more than its export.
func refusalText(problems []string, all string) string {
	return fmt.Sprintf("%s. Mend this, or annotate the namespace with %s=%s to start Prometheus without the sidecar",
		listed(problems, all), settings.OnInvalidConfiguration, settings.Admit)
}

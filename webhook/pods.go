package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// PodPath is where the API server sends new pods.
const PodPath = "/mutate-pods"

// podFailure says what becomes of a pod because of an error, and what to do.
func podFailure(err error) string {
	var tooLarge tooLargeError
	if errors.As(err, &tooLarge) {
		return fmt.Sprintf("the pod starts without the sidecar, because it is too large: %v; remove what it does not need", err)
	}
	return fmt.Sprintf("the pod starts without the sidecar, because the injector failed: %v; restart the pod to try again", err)
}

// PodHandler injects pods at their creation.
//
// It is a raw handler, because a mistake of the user's and an error of ours have
// opposite answers: the one is refused, the other is allowed with a warning.
type PodHandler struct {
	Decider inject.Decider
	Events  EventSink
	Metrics *Metrics
	Turns   *Turns
}

// EventSink tells the owner of a pod what was decided.
type EventSink interface {
	Announce(ctx context.Context, namespace string, pod *corev1.Pod, decision inject.Decision)
}

// Handle implements admission.Handler.
func (h *PodHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	ctx, cancel := context.WithTimeout(ctx, decisionTimeout)
	defer cancel()
	started := time.Now()
	var pod corev1.Pod
	decision, err := failOpen(podFailure, func() (inject.Decision, error) { return h.decide(ctx, request, &pod) })
	logDecision(ctx, "Decided about a pod", request, inject.PodName(&pod), decision, started, err)
	h.Metrics.countPod(decision, dryRun(request))
	if !dryRun(request) {
		h.Events.Announce(ctx, request.Namespace, &pod, decision)
	}
	return respondToPod(decision, request.Namespace)
}

// decide decodes the pod, as far as that is needed, and decides about it. The pod has
// its metadata alone.
func (h *PodHandler) decide(ctx context.Context, request admission.Request, pod *corev1.Pod) (inject.Decision, error) {
	end, err := h.Turns.take(ctx, request)
	if err != nil {
		return inject.Decision{}, err
	}
	defer end()
	raw, err := inject.DecodePod(request.Object.Raw)
	if err != nil {
		return inject.Decision{}, err
	}
	*pod = raw.Metadata
	return h.Decider.DecideRawPod(ctx, request.Namespace, raw)
}

func respondToPod(d inject.Decision, namespace string) admission.Response {
	command := lintNamespace(namespace)
	switch d.Outcome {
	case inject.Injected:
		return admission.Patched(string(d.Reason), d.Operations...).WithWarnings(truncate(d.Warnings, command)...)
	case inject.Denied:
		return admission.Denied(refusalText(d.Problems, command)).WithWarnings(truncate(d.Warnings, command)...)
	case inject.Bypassed:
		warnings := slices.Concat([]string{"the pod starts without the sidecar, because its configuration is wrong"}, d.Problems, d.Warnings)
		return admission.Allowed(string(d.Reason)).WithWarnings(truncate(warnings, command)...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(truncate(d.Warnings, command)...)
	}
}

// refusalText ends with what to do for whoever needs Prometheus more than its export.
func refusalText(problems []string, command string) string {
	return fmt.Sprintf("%s. Fix this, or annotate the namespace with %s=%s to start Prometheus without the sidecar",
		join(problems, command), settings.OnInvalidConfiguration, settings.Admit)
}

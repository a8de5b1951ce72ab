package webhook

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// PodPath is where the API server sends new pods.
const PodPath = "/mutate-pods"

// readDeadline bounds all reads of one request. It is well under the webhook's
// timeout, so that a slow API server costs the sidecar and never the pod.
const readDeadline = 3 * time.Second

var podDecoder = admission.NewDecoder(clientgoscheme.Scheme)

// PodHandler injects pods at their creation.
//
// It is a raw handler, because a mistake of the user's and a fault of ours have
// opposite answers: the one is refused, the other admitted with a warning.
type PodHandler struct {
	Decider Decider
	Events  EventSink
	Metrics *Metrics
}

// EventSink tells the owner of a pod what was decided.
type EventSink interface {
	Announce(ctx context.Context, namespace string, pod *corev1.Pod, decision Decision)
}

// Handle implements admission.Handler.
func (h *PodHandler) Handle(ctx context.Context, request admission.Request) admission.Response {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	started := time.Now()
	pod := &corev1.Pod{}
	decision, err := h.decide(ctx, request, pod)
	h.Metrics.count(decision.Outcome, decision.Reason)
	if request.DryRun == nil || !*request.DryRun {
		h.Events.Announce(ctx, request.Namespace, pod, decision)
	}
	logger := log.FromContext(ctx).WithValues("outcome", decision.Outcome, "reason", decision.Reason,
		"namespace", request.Namespace, "pod", podName(pod), "dryRun", request.DryRun != nil && *request.DryRun,
		"duration", time.Since(started))
	if err != nil {
		logger.Error(err, "Decided about a pod")
	} else {
		logger.Info("Decided about a pod", "problems", decision.Problems, "hash", decision.Record.Hash)
	}
	return respond(decision)
}

// decide turns every fault of ours into a decision of its own.
func (h *PodHandler) decide(ctx context.Context, request admission.Request, pod *corev1.Pod) (decision Decision, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			decision = failed(Panicked, err)
		}
	}()
	if err := podDecoder.Decode(request, pod); err != nil {
		err = fmt.Errorf("decoding the pod: %w", err)
		return failed(Undecodable, err), err
	}
	decision, err = h.Decider.Decide(ctx, request.Namespace, pod)
	if err != nil {
		return failed(ReadFailed, err), err
	}
	return decision, nil
}

func failed(reason Reason, err error) Decision {
	return Decision{Outcome: Failed, Reason: reason, Warnings: []string{
		fmt.Sprintf("the pod starts without the sidecar, because the injector failed: %v; restart the pod to try again", err),
	}}
}

func respond(d Decision) admission.Response {
	switch d.Outcome {
	case Injected:
		response := admission.Patched(string(d.Reason), d.Operations...)
		return response.WithWarnings(d.Warnings...)
	case Denied:
		return admission.Denied(refusalText(d.Problems)).WithWarnings(d.Warnings...)
	case Bypassed:
		warnings := append([]string{"the pod starts without the sidecar, because its configuration is wrong"}, d.Problems...)
		return admission.Allowed(string(d.Reason)).WithWarnings(warnings...)
	default:
		return admission.Allowed(string(d.Reason)).WithWarnings(d.Warnings...)
	}
}

// refusalText ends with the way out for who needs Prometheus more than its export.
func refusalText(problems []string) string {
	return fmt.Sprintf("%s. Mend this, or annotate the namespace with %s=%s to start Prometheus without the sidecar",
		strings.Join(problems, "; "), settings.OnInvalidConfiguration, settings.Admit)
}

// podName names a pod that may not have a name yet.
func podName(pod *corev1.Pod) string {
	if pod.Name != "" {
		return pod.Name
	}
	return pod.GenerateName + "*"
}

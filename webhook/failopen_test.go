package webhook

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
)

func TestADecisionHasADeadlineBeforeTheWebhooksTimeout(t *testing.T) {
	const timeout = 5 * time.Second
	for name, read := range reads(t.Context(), t) {
		if read.err != nil || read.left <= 0 || read.left >= timeout {
			t.Errorf("%s: %s are left, want some, and less than %s; %v", name, read.left, timeout, read.err)
		}
	}
}

func TestADecisionIsGivenUpWithItsRequest(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	for name, read := range reads(ctx, t) {
		if read.left != -1 && read.err == nil {
			t.Errorf("%s: the decision goes on, though nobody waits for it", name)
		}
	}
}

// reads returns, by handler, the state of the context in which it reads a namespace.
func reads(ctx context.Context, t *testing.T) map[string]*read {
	t.Helper()
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ofPod, ofChange := &read{left: -1}, &read{left: -1}
	pods := &PodHandler{Decider: inject.Decider{Reader: ofPod}, Events: &announced{}, Metrics: metrics, Turns: NewTurns()}
	pods.Handle(ctx, request(podJSON(container), false))
	changes := &ConfigurationHandler{Decider: inject.Decider{Reader: ofChange}, Metrics: metrics, Turns: NewTurns()}
	changes.Handle(ctx, admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Kind: metav1.GroupVersionKind{Kind: "ConfigMap"}, Operation: admissionv1.Delete,
	}})
	return map[string]*read{"a pod": ofPod, "a change": ofChange}
}

// read remembers the context of the last read.
type read struct {
	injecttest.Namespace
	left time.Duration
	err  error
}

func (r *read) NamespaceAnnotations(ctx context.Context, _ string) (map[string]string, error) {
	if deadline, limited := ctx.Deadline(); limited {
		r.left = time.Until(deadline)
	}
	r.err = ctx.Err()
	return nil, nil
}

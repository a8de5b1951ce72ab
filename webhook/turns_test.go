package webhook

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

func TestANamespaceLeavesTurnsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns()
		// takes returns the ends of the turns that are taken without waiting.
		takes := func(namespace string, values, tries int) (ends []func()) {
			for range tries {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				end, err := turns.Take(ctx, namespace, values)
				if err == nil {
					ends = append(ends, end)
				} else if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("an error of another kind: %v", err)
				}
			}
			return ends
		}
		greedy := takes("greedy", maxValues, 3)
		if len(greedy) != namespaceValuesAtOnce/maxValues {
			t.Errorf("one namespace has %d turns with %d values each", len(greedy), maxValues)
		}
		others := takes("viz", 1000, 1)
		if len(others) != 1 {
			t.Error("another namespace has to wait")
		}
		for _, end := range append(greedy, others...) {
			end()
		}
		greedy = takes("greedy", 1, namespaceRequestsAtOnce+1)
		if len(greedy) != namespaceRequestsAtOnce {
			t.Errorf("one namespace has %d turns, want %d", len(greedy), namespaceRequestsAtOnce)
		}
		for _, end := range greedy {
			end()
		}
		if len(turns.namespaces) != 0 {
			t.Errorf("namespaces without requests are remembered: %v", turns.namespaces)
		}
		if !turns.all.TryAcquire(valuesAtOnce) {
			t.Error("not all turns have ended")
		}
	})
}

func TestATurnIsNotAwaitedForAsLongAsADecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns()
		request := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{Namespace: "viz"}}
		for range namespaceRequestsAtOnce {
			if _, err := turns.take(t.Context(), request); err != nil {
				t.Fatal(err)
			}
		}
		started := time.Now()
		_, err := turns.take(t.Context(), request)
		if reason := failureReason(err); reason != inject.Overloaded {
			t.Errorf("the reason is %s, of %v", reason, err)
		}
		if waited := time.Since(started); waited > decisionTimeout/2 {
			t.Errorf("it waited for %s", waited)
		}
	})
}

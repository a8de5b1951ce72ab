package webhook

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func TestADecisionHasADeadlineBeforeTheWebhooksTimeout(t *testing.T) {
	const timeout = 5 * time.Second
	around := guard{count: func(Outcome, Reason, bool) {}}
	var left time.Duration
	decide := func(ctx context.Context) (Decision, error) {
		if deadline, bounded := ctx.Deadline(); bounded {
			left = time.Until(deadline)
		}
		return Decision{}, nil
	}
	respond := func(context.Context, Decision) admission.Response { return admission.Response{} }
	around.handle(t.Context(), admission.Request{}, decide, respond, func() string { return "" })
	if left <= 0 || left >= timeout {
		t.Errorf("%s are left, want some, and less than %s", left, timeout)
	}
}

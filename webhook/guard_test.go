package webhook

import (
	"context"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

func TestADecisionHasADeadlineBeforeTheWebhooksTimeout(t *testing.T) {
	const timeout = 5 * time.Second
	left, err := decisionTime(t.Context())
	if err != nil || left <= 0 || left >= timeout {
		t.Errorf("%s are left, want some, and less than %s; %v", left, timeout, err)
	}
}

// TestADecisionIsMadeWhileTheServerEnds cancels the context as controller-runtime's
// server does (pkg/internal/httpserver/server.go) once it is told to end.
func TestADecisionIsMadeWhileTheServerEnds(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	end()
	if _, err := decisionTime(ctx); err != nil {
		t.Errorf("the decision is given up: %v", err)
	}
}

// decisionTime returns how long a decision may take, or why it may not be made.
func decisionTime(ctx context.Context) (left time.Duration, err error) {
	around := guard{count: func(inject.Outcome, inject.Reason, bool) {}}
	decide := func(ctx context.Context) (inject.Decision, error) {
		if deadline, bounded := ctx.Deadline(); bounded {
			left = time.Until(deadline)
		}
		err = ctx.Err()
		return inject.Decision{}, nil
	}
	respond := func(context.Context, inject.Decision) admission.Response { return admission.Response{} }
	around.handle(ctx, admission.Request{}, decide, respond, func() string { return "" })
	return left, err
}

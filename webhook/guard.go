package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// readDeadline bounds all reads of one request. It is well under the webhook's
// timeout, so that a slow API server costs the sidecar and never the pod.
const readDeadline = 3 * time.Second

// guard is what stands around every decision: a deadline, the rule that a fault
// of ours blocks nobody, one count and one line in the log.
type guard struct {
	// about says what is decided about, for the log: "a pod".
	about string
	// consequence and remedy say what a fault of ours means and what to do about it,
	// as the beginning and the end of a sentence.
	consequence, remedy string
	count               func(inject.Outcome, inject.Reason, bool)
}

// handle makes a decision and the response to it. What identifies the object in
// the log is asked for after the decision, which is what decodes it.
func (g guard) handle(
	ctx context.Context, request admission.Request,
	decide func(context.Context) (inject.Decision, error),
	respond func(context.Context, inject.Decision) admission.Response,
	identify func() string,
) admission.Response {
	// The server's requests are cancelled when it is told to end; those that it has
	// are decided all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readDeadline)
	defer cancel()
	started := time.Now()
	decision, err := g.protect(ctx, decide)
	g.count(decision.Outcome, decision.Reason, dryRun(request))
	logger := log.FromContext(ctx).WithValues("outcome", decision.Outcome, "reason", decision.Reason,
		"namespace", request.Namespace, "name", identify(), "dryRun", dryRun(request), "duration", time.Since(started))
	if err != nil {
		logger.Error(err, "Decided about "+g.about)
	} else {
		logger.Info("Decided about "+g.about, "problems", decision.Problems[:min(len(decision.Problems), maxProblems)], "hash", decision.Record.Hash)
	}
	return respond(ctx, decision)
}

// protect turns every fault of ours into a decision of its own.
func (g guard) protect(ctx context.Context, decide func(context.Context) (inject.Decision, error)) (decision inject.Decision, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			decision = g.failed(inject.Panicked, err)
		}
	}()
	decision, err = decide(ctx)
	var undecodable undecodableError
	switch {
	case errors.As(err, &undecodable):
		return g.failed(inject.Undecodable, err), err
	case err != nil:
		return g.failed(inject.ReadFailed, err), err
	}
	return decision, nil
}

func (g guard) failed(reason inject.Reason, err error) inject.Decision {
	return inject.Decision{Outcome: inject.Failed, Reason: reason, Warnings: []string{fmt.Sprintf("%s, because the injector failed: %v; %s", g.consequence, err, g.remedy)}}
}

// undecodableError says that a request does not hold the object that it should.
type undecodableError struct{ error }

func dryRun(request admission.Request) bool { return request.DryRun != nil && *request.DryRun }

package webhook

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// RequestLogger returns the logger of a request, for admission.Webhook. Unlike the one of
// controller-runtime it leaves the name to logDecision: a key that comes twice in a line
// makes some readers of JSON lose a value, and others refuse the line.
func RequestLogger(base logr.Logger, request *admission.Request) logr.Logger {
	if request == nil {
		return base
	}
	return base.WithValues("namespace", request.Namespace, "resource", request.Resource,
		"user", request.UserInfo.Username, "requestID", request.UID)
}

// logDecision writes one line about a decision, which took the time since started.
// The error is why none could be made, and nil otherwise.
func logDecision(ctx context.Context, message string, request admission.Request, name string, d inject.Decision, started time.Time, err error) {
	logger := log.FromContext(ctx).WithValues("outcome", d.Outcome, "reason", d.Reason,
		"name", name, "dryRun", dryRun(request), "duration", time.Since(started))
	if err != nil {
		logger.Error(err, message)
		return
	}
	logger.Info(message, "problems", d.Problems[:min(len(d.Problems), maxProblems)], "hash", d.Record.Hash)
}

func dryRun(request admission.Request) bool { return request.DryRun != nil && *request.DryRun }

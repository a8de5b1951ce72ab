package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// decisionTimeout limits all reads of one request. It is well below the webhook's
// timeout, so that a slow API server may cost a pod its sidecar, but never the pod.
const decisionTimeout = 3 * time.Second

// decisionContext returns the context of one request's decision. The server cancels
// its requests when it is told to end; those that it has are decided all the same.
func decisionContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), decisionTimeout)
}

// failOpen makes a decision. An error or a panic becomes the decision to allow what
// the request asks for, with a warning: the format has one verb, for the error. The
// error is returned as well, for the log.
func failOpen(warning string, decide func() (inject.Decision, error)) (decision inject.Decision, err error) {
	failed := func(reason inject.Reason) inject.Decision {
		return inject.Decision{Outcome: inject.Failed, Reason: reason, Warnings: []string{fmt.Sprintf(warning, err)}}
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			decision = failed(inject.Panicked)
		}
	}()
	decision, err = decide()
	var undecodable undecodableError
	switch {
	case errors.As(err, &undecodable):
		return failed(inject.Undecodable), err
	case err != nil:
		return failed(inject.ReadFailed), err
	}
	return decision, nil
}

// undecodableError says that a request does not hold the expected object.
type undecodableError struct{ error }

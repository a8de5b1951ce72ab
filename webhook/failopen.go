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

// failOpen makes a decision. An error or a panic becomes the decision to allow what
// the request asks for, with a warning that says so. The error is returned as well, for
// the log.
func failOpen(warning func(error) string, decide func() (inject.Decision, error)) (decision inject.Decision, err error) {
	failed := func(reason inject.Reason) inject.Decision {
		return inject.Decision{Outcome: inject.Failed, Reason: reason, Warnings: []string{warning(err)}}
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			decision = failed(inject.Panicked)
		}
	}()
	decision, err = decide()
	if err != nil {
		return failed(failureReason(err)), err
	}
	return decision, nil
}

// failureReason says why no decision could be made.
func failureReason(err error) inject.Reason {
	var undecodable inject.UndecodableError
	var tooLarge tooLargeError
	var busy busyError
	switch {
	case errors.As(err, &undecodable):
		return inject.Undecodable
	case errors.As(err, &tooLarge):
		return inject.TooLarge
	case errors.Is(err, context.Canceled):
		return inject.Canceled
	case errors.As(err, &busy):
		return inject.Overloaded
	}
	return inject.ReadFailed
}

package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

// runContext is what the checks of one run have in common.
type runContext struct {
	options Options
	cluster *cluster.Reader
	// now is when the check began.
	now time.Time
	// refusals are the API server's reasons against the next pods, as far as a result has named
	// them: no other repeats them.
	refusals []string
}

// attemptTimeout bounds a single attempt of a check.
const attemptTimeout = 30 * time.Second

// pause is the time between two attempts.
const pause = time.Second

// Run runs the checks in the order of the table. It tells observe of each as soon
// as it is decided, and waiting of problems that it waits for. Where the configuration
// leads to no cluster, the first check fails. It returns whether all have passed,
// warnings aside.
func Run(ctx context.Context, configuration func() (*rest.Config, error), options Options, observe func(Result), waiting func(Check, error)) bool {
	return runAll(ctx, Checks, cluster.ConnectTo(configuration), options, observe, waiting)
}

func runAll(ctx context.Context, checks []Check, connect cluster.Connect, options Options, observe func(Result), waiting func(Check, error)) bool {
	r := &runContext{options: options}
	deadline := time.Now().Add(options.Wait)
	if options.Optional {
		if missing, problem := r.missing(ctx, connect); missing {
			if problem != nil {
				observe(Result{Check: namespaceCheck, Problem: problem, Warning: true})
			}
			return true
		}
	}
	success, named := true, map[string]bool{}
	for _, c := range checks {
		if !options.include(c.Stage) {
			continue
		}
		problem := c.retry(ctx, r, connect, deadline, waiting)
		if errors.Is(problem, errNotApplicable) {
			continue
		}
		warning, notChecked := c.Severity == Warning, isInconclusive(problem)
		if notChecked {
			warning = !options.Strict
		}
		if apierrors.IsForbidden(problem) {
			problem = onceNamed(problem, named)
		}
		observe(Result{Check: c, Problem: problem, Warning: warning, NotChecked: notChecked})
		if problem == nil || warning {
			continue
		}
		success = false
		if c.Severity == Fatal {
			break
		}
	}
	return success
}

// retry runs a check until it passes, its problem is final, or the deadline is over.
// Each attempt but the first reads the cluster again.
func (c Check) retry(ctx context.Context, r *runContext, connect cluster.Connect, deadline time.Time, waiting func(Check, error)) error {
	for {
		problem := classify(c.attempt(ctx, r, connect))
		if problem == nil || !c.Retry || isFinal(problem) || !time.Now().Add(pause).Before(deadline) {
			return problem
		}
		waiting(c, problem)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return problem
		}
		r.cluster.Forget()
	}
}

// attempt runs a check once, and connects to the cluster if no other check has.
func (c Check) attempt(ctx context.Context, r *runContext, connect cluster.Connect) error {
	ctx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, fmt.Errorf("the cluster did not answer within %s", attemptTimeout))
	defer cancel()
	if err := r.connect(connect); err != nil {
		return permanentError{err}
	}
	r.now = time.Now()
	err := c.run(ctx, r)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// connect connects to the cluster, if nobody has.
func (r *runContext) connect(connect cluster.Connect) error {
	if r.cluster != nil {
		return nil
	}
	connected, err := connect()
	if err == nil {
		r.cluster = connected
	}
	return err
}

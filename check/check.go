// Package check judges an installation of linkerd-gcm: what it needs, what runs,
// and whether the pods of Prometheus are what their configuration asks for.
//
// Every check is a row of the table Checks. A check reads the cluster through
// package-internal readers, and leaves the judgement to functions of values.
// Nothing is written: what the API server would do is asked by dry run.
package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Severity says what the failure of a check means.
type Severity string

const (
	// Fatal failures leave nothing to check.
	Fatal Severity = "fatal"
	// Error means that something does not work.
	Error Severity = "error"
	// Warning means that something is not as it should be, but works.
	Warning Severity = "warning"
)

// Stage says when a check makes sense.
type Stage int

const (
	// Always is at any time.
	Always Stage = iota
	// Before is before the installation.
	Before
	// Installed is after it.
	Installed
	// DataPlane is about the namespaces and pods of linkerd-viz.
	DataPlane
)

// Check is a row of the table of checks.
type Check struct {
	// ID is the check's name in the documentation. It never changes.
	ID string
	// Category is the heading that it stands under.
	Category string
	// Description says what holds when it passes.
	Description string
	// Severity is that of a failure.
	Severity Severity
	// Stage says when it runs.
	Stage Stage
	// Retry says that a failure may pass by itself: it is tried again until the
	// deadline.
	Retry bool
	// Means says what is wrong when it fails, and Do what to do about it, each in
	// Markdown for the documentation.
	Means, Do string

	run func(context.Context, *examination) error
}

// Options say what to check.
type Options struct {
	// Before asks for the checks that make sense before the installation, alone.
	Before bool
	// DataPlane asks for those about linkerd-viz' namespaces and pods, alone.
	DataPlane bool
	// Namespace is the only one of linkerd-viz to look at; "" for all.
	Namespace string
	// Wait is how long to try again what may pass by itself, in total.
	Wait time.Duration
	// Version is that of the program; "" for one without.
	Version string
}

// Result is what became of one check.
type Result struct {
	Check
	// Problem is nil where the check has passed. Its lines are problems of their own.
	Problem error
	// Warning is set where the problem is none that something fails of.
	Warning bool
}

// examination is one run of checks.
type examination struct {
	Options
	*cluster
	now time.Time
	// What many checks look at is read once, and again when one of them waits.
	foundInstallation *installation
	foundViz          []vizNamespace
	trials            map[string]trial
}

// errNotApplicable is returned by a check that has nothing to look at.
var errNotApplicable = errors.New("not applicable")

// doubt is a problem of the check itself: nobody knows whether it would pass.
type doubt struct{ error }

func (d doubt) Unwrap() error { return d.error }

// lasting is a problem that waiting doesn't mend.
type lasting struct{ error }

func (l lasting) Unwrap() error { return l.error }

// attempt bounds a single try of a check.
const attempt = 30 * time.Second

// pause is the time between two tries.
const pause = time.Second

// Run runs the checks in the order of the table. It tells observe of each as soon
// as it is decided, and waiting of problems that it waits for. An error of connect
// is one of the first check. It returns whether all have passed, warnings aside.
func Run(ctx context.Context, connect Connect, options Options, observe func(Result), waiting func(Check, error)) bool {
	return runAll(ctx, Checks, connect, options, observe, waiting)
}

func runAll(ctx context.Context, checks []Check, connect Connect, options Options, observe func(Result), waiting func(Check, error)) bool {
	e := &examination{Options: options, now: time.Now(), trials: map[string]trial{}}
	deadline := time.Now().Add(options.Wait)
	success, named := true, map[string]bool{}
	for _, c := range checks {
		if !options.include(c.Stage) {
			continue
		}
		again := false
		problem := c.try(ctx, func(ctx context.Context) error {
			if again {
				e.foundInstallation, e.foundViz, e.trials = nil, nil, map[string]trial{}
			}
			again = true
			if e.cluster == nil {
				var err error
				if e.cluster, err = connect(); err != nil {
					return lasting{err}
				}
			}
			e.now = time.Now()
			return c.run(ctx, e)
		}, deadline, waiting)
		if errors.Is(problem, errNotApplicable) {
			continue
		}
		warning := c.Severity == Warning || errors.As(problem, &doubt{})
		if isForbidden(problem) {
			problem = onceNamed(problem, named)
		}
		observe(Result{Check: c, Problem: problem, Warning: warning})
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

func (o Options) include(stage Stage) bool {
	switch {
	case stage == Always:
		return true
	case o.Before:
		return stage == Before
	case o.DataPlane:
		return stage == DataPlane
	default:
		return stage != Before
	}
}

// try runs a check until it passes, its problem is one that stays, or the deadline
// is over.
func (c Check) try(ctx context.Context, run func(context.Context) error, deadline time.Time, waiting func(Check, error)) error {
	for {
		problem := understood(once(ctx, run))
		if problem == nil || !c.Retry || stays(problem) || !time.Now().Add(pause).Before(deadline) {
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
	}
}

func once(ctx context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, attempt, fmt.Errorf("the cluster did not answer within %s", attempt))
	defer cancel()
	err := run(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}

// understood makes a doubt of what may not be read.
func understood(problem error) error {
	if apierrors.IsForbidden(problem) && !errors.As(problem, &doubt{}) {
		return doubt{fmt.Errorf("not checked, for want of a permission: %w", problem)}
	}
	return problem
}

// onceNamed spares the reader the same missing permission again and again.
func onceNamed(problem error, named map[string]bool) error {
	if named[problem.Error()] {
		return doubt{errors.New("not checked, for want of a permission that is named above")}
	}
	named[problem.Error()] = true
	return problem
}

func stays(problem error) bool {
	return errors.Is(problem, errNotApplicable) || errors.As(problem, &doubt{}) || errors.As(problem, &lasting{})
}

// all makes one error of problems, each on a line of its own, nil of none.
func all(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "\n"))
}

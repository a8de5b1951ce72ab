package check

import (
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// errNotApplicable is returned by a check that has nothing to look at.
var errNotApplicable = errors.New("not applicable")

// inconclusiveError is a problem of the check itself: it is not known whether it would
// pass.
type inconclusiveError struct{ error }

// Unwrap returns why it could not be decided.
func (e inconclusiveError) Unwrap() error { return e.error }

func isInconclusive(problem error) bool { return errors.As(problem, &inconclusiveError{}) }

// permanentError is a problem that waiting doesn't fix.
type permanentError struct{ error }

// Unwrap returns the problem.
func (e permanentError) Unwrap() error { return e.error }

// isFinal reports whether another attempt would have the same result.
func isFinal(problem error) bool {
	return errors.Is(problem, errNotApplicable) || isInconclusive(problem) || errors.As(problem, &permanentError{})
}

// classify makes a missing permission an inconclusive error.
func classify(problem error) error {
	if apierrors.IsForbidden(problem) && !isInconclusive(problem) {
		return inconclusiveError{fmt.Errorf("not checked, the permission is missing: %w", problem)}
	}
	return problem
}

// onceNamed spares the reader the same missing permission again and again.
func onceNamed(problem error, named map[string]bool) error {
	if named[problem.Error()] {
		return inconclusiveError{errors.New("not checked, the permission named above is missing")}
	}
	named[problem.Error()] = true
	return problem
}

// joinLines makes one error of problems, each on a line of its own, nil of none.
func joinLines(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "\n"))
}

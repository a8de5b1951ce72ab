package check

import (
	"errors"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// isRefused tells whether the API server refuses an object, rather than the user, or
// gives no answer at all.
func isRefused(err error) bool {
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && (!apierrors.IsForbidden(err) || isRefusedByPolicy(err))
}

// isRefusedByPolicy tells a refusal of admission from a missing permission, which has the
// same code.
func isRefusedByPolicy(err error) bool {
	return slices.ContainsFunc([]string{"admission webhook", "PodSecurity", "exceeded quota", "being terminated"}, func(words string) bool {
		return strings.Contains(err.Error(), words)
	})
}

package check

import (
	"errors"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// isRefused reports whether the API server refuses the object itself. It does not where
// the user lacks a permission, or where there is no answer.
func isRefused(err error) bool {
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && (!apierrors.IsForbidden(err) || isRefusedByPolicy(err.Error()))
}

// isRefusedByPolicy reports whether the API server's message says that admission refuses an
// object. A missing permission has the same code.
func isRefusedByPolicy(message string) bool {
	return slices.ContainsFunc([]string{"admission webhook", "PodSecurity", "exceeded quota", "being terminated"}, func(words string) bool {
		return strings.Contains(message, words)
	})
}

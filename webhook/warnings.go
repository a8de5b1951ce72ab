package webhook

import (
	"fmt"
	"strings"
)

// The API server cuts warnings to 256 characters each once all of them together
// have more than 4096, and drops those beyond
// (k8s.io/apiserver, pkg/endpoints/filters/warning.go).
const (
	maxWarning  = 256
	maxWarnings = 20
	maxTotal    = 4096
)

// maxProblems is how many problems a refusal lists. Who has more runs the linter.
const maxProblems = 100

// bounded returns warnings that reach the user: each short enough, and of too many
// the first ones with the number of the others.
func bounded(warnings []string, namespace string) []string {
	var kept []string
	more := func(left int) string {
		return fmt.Sprintf("and %d more: run linkerd-gcm lint --namespace %s", left, namespace)
	}
	total := len(more(len(warnings)))
	for i, warning := range warnings {
		warning = truncate(warning, maxWarning)
		total += len(warning)
		if i == maxWarnings || total > maxTotal {
			return append(kept, more(len(warnings)-i))
		}
		kept = append(kept, warning)
	}
	return kept
}

// listed joins problems to one text.
func listed(problems []string) string {
	if len(problems) > maxProblems {
		rest := fmt.Sprintf("and %d more", len(problems)-maxProblems)
		problems = append(problems[:maxProblems:maxProblems], rest)
	}
	return strings.Join(problems, "; ")
}

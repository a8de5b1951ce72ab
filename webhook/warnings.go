package webhook

import (
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// Limits of warnings: once all of them together have more than 4096 characters, the API
// server cuts each to 256 and drops those beyond 4096
// (k8s.io/apiserver, pkg/endpoints/filters/warning.go).
const (
	maxWarning  = 256
	maxWarnings = 20
	maxTotal    = 4096
)

// maxProblems is how many problems a refusal lists: whoever reads them fixes a few at a
// time.
const maxProblems = 20

// lintFile shows what a refused change would have broken, which is only in the user's
// own files.
const lintFile = "linkerd-gcm lint -f FILE"

// lintNamespace shows what is wrong in the cluster already.
func lintNamespace(namespace string) string { return "linkerd-gcm lint --namespace " + namespace }

// truncate returns warnings that reach the user: each is short enough, and of too many
// the first ones are followed by the number of the others and the command that shows
// them.
func truncate(warnings []string, command string) []string {
	var kept []string
	total := len(more(len(warnings), command))
	for i, warning := range warnings {
		warning = excerpt.Bytes(warning, maxWarning)
		total += len(warning)
		if i == maxWarnings || total > maxTotal {
			return append(kept, more(len(warnings)-i, command))
		}
		kept = append(kept, warning)
	}
	return kept
}

// join makes one text of problems, of the first ones where they are too many.
func join(problems []string, command string) string {
	if len(problems) > maxProblems {
		problems = append(problems[:maxProblems:maxProblems], more(len(problems)-maxProblems, command))
	}
	return strings.Join(problems, "; ")
}

func more(count int, command string) string {
	return fmt.Sprintf("and %d more: run %s", count, command)
}

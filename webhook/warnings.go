package webhook

import (
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// The API server cuts warnings to 256 characters each once all of them together
// have more than 4096, and drops those beyond
// (k8s.io/apiserver, pkg/endpoints/filters/warning.go).
const (
	maxWarning  = 256
	maxWarnings = 20
	maxTotal    = 4096
)

// maxProblems is how many problems a refusal lists: who reads them mends a few at
// a time.
const maxProblems = 20

// What a refused change would have made wrong is nowhere but in the user's own
// files; what is wrong already is in the cluster.
const lintFile = "linkerd-gcm lint -f FILE"

func lintNamespace(namespace string) string { return "linkerd-gcm lint --namespace " + namespace }

// bounded returns warnings that reach the user: each short enough, and of too many
// the first ones with the number of the others and the command that shows them.
func bounded(warnings []string, all string) []string {
	var kept []string
	total := len(more(len(warnings), all))
	for i, warning := range warnings {
		warning = excerpt.Bytes(warning, maxWarning)
		total += len(warning)
		if i == maxWarnings || total > maxTotal {
			return append(kept, more(len(warnings)-i, all))
		}
		kept = append(kept, warning)
	}
	return kept
}

// listed joins problems to one text, the first of too many.
func listed(problems []string, all string) string {
	if len(problems) > maxProblems {
		problems = append(problems[:maxProblems:maxProblems], more(len(problems)-maxProblems, all))
	}
	return strings.Join(problems, "; ")
}

func more(left int, all string) string { return fmt.Sprintf("and %d more: run %s", left, all) }

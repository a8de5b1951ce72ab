package lint

import (
	"fmt"
	"regexp"
)

// placeholder matches what Flux, envsubst and Helm replace: ${NAME}, ${NAME:=default} and
// {{ .Values.name }}, but not {{ $labels.name }}, which Prometheus replaces.
var placeholder = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*(?:[:=?+-][^}]*)?\}|\{\{-?\s*[.A-Za-z][^}]*\}\}`)

// unfilled names the placeholder that a message quotes, as such; it is "" where there is
// none.
func unfilled(message string) string {
	found := placeholder.FindString(message)
	if found == "" {
		return ""
	}
	return fmt.Sprintf(" (%s is a placeholder: check what it is replaced by)", found)
}

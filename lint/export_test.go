package lint

import (
	"cmp"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Checked returns the findings about an input, which is about Google's sidecar where it names
// none. A finding of a package that reads texts must be of a rule whose row says that its
// findings come from there.
func Checked(t testing.TB, in Input) []Finding {
	t.Helper()
	in.Settings.Sidecar = cmp.Or(in.Settings.Sidecar, settings.Stackdriver)
	for from, findings := range newContext(in).diagnosed() {
		for _, f := range findings {
			if rule, known := Find(f.Rule); !known || rule.from != from {
				t.Errorf("%s comes from %s, which the row of the rule does not say", f, from)
			}
		}
	}
	return Check(in).Findings
}

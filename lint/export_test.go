package lint

import "testing"

// Checked returns the findings about an input. A finding of a package that reads texts
// must be of a rule whose row says that its findings come from there.
func Checked(t testing.TB, in Input) []Finding {
	t.Helper()
	for from, findings := range newContext(in).diagnosed() {
		for _, f := range findings {
			if rule, known := Find(f.Rule); !known || rule.from != from {
				t.Errorf("%s comes from %s, which the row of the rule does not say", f, from)
			}
		}
	}
	return Check(in).Findings
}

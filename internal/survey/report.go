package survey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Report is what a check has found, with the lines that the findings are about.
type Report struct {
	Findings []Positioned
	// Notes say what could not be checked, and why.
	Notes []string
	// Checked says what was checked, such as "2 files".
	Checked string
	// Nothing says that there was nothing to check: nothing has to do with the export.
	Nothing bool
	// Sidecars are those that the rules were judged for.
	Sidecars []settings.Sidecar
}

// Report checks the namespace as Check does.
func (n *LiveNamespace) Report(ctx context.Context, defaults settings.Defaults) (Report, error) {
	result, err := n.Check(ctx, defaults)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		Checked:  "namespace " + n.name + Objects(result.Objects),
		Nothing:  len(result.Objects) == 0 && len(result.Findings) == 0,
		Findings: n.position(result.Findings),
		Sidecars: result.Sidecars,
	}
	for _, err := range result.Forbidden {
		r.Notes = append(r.Notes, fmt.Sprintf("not checked, the permission is missing: %s", err))
	}
	r.Notes = append(r.Notes, result.Notes...)
	if r.Nothing && len(r.Notes) == 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("namespace %s asks for nothing: it has no annotation under %s, and no Deployment or pod of linkerd-viz' Prometheus", n.name, settings.Prefix))
	}
	return r, nil
}

// Filter sorts the findings and leaves out those of disabled rules. With
// warningsAsErrors, each warning becomes an error.
func (r *Report) Filter(disabled []string, warningsAsErrors bool) {
	r.Findings = slices.DeleteFunc(Sorted(r.Findings), func(f Positioned) bool { return slices.Contains(disabled, f.Rule) })
	for i := range r.Findings {
		if f := &r.Findings[i]; warningsAsErrors && f.Severity == lint.Warning {
			f.Severity = lint.Error
		}
	}
}

// ParseRuleIDs returns ids of rules in capital letters. An error names the nearest rule.
func ParseRuleIDs(words []string) ([]string, error) {
	var known, ids []string
	for _, rule := range lint.Rules {
		known = append(known, rule.ID)
	}
	for _, word := range words {
		id := strings.ToUpper(strings.TrimSpace(word))
		if !slices.Contains(known, id) {
			return nil, fmt.Errorf("there is no rule %q; did you mean %s?", word, spelling.Nearest(id, known))
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Guessed says what lint did not know of the selectors and the sidecar's configuration, and
// what it made of that. The other two say what is missing, as in "no --include is given".
func Guessed(result lint.Result, withoutSelectors, withoutConfig string) []string {
	var notes []string
	if len(result.Assumed) > 0 {
		notes = append(notes, fmt.Sprintf("%s: %s, which the default does not match, %s checked as if exported", withoutSelectors, some(result.Assumed), were(result.Assumed)))
	}
	if len(result.Unrenamed) > 0 {
		notes = append(notes, fmt.Sprintf("%s: REN001 and the rules about types and sums (MET, AGG) were not checked; without a new name for %s, Google Cloud Monitoring refuses the colon",
			withoutConfig, some(result.Unrenamed)))
	}
	return notes
}

// some names the first of some metrics.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func were(names []string) string {
	if len(names) == 1 {
		return "was"
	}
	return "were"
}

// Number writes a number of things, such as "1 error" or "2 errors".
func Number(count int, thing string) string {
	if count == 1 || strings.HasSuffix(thing, "s") { // such as HelmValues
		return fmt.Sprintf("%d %s", count, thing)
	}
	return fmt.Sprintf("%d %ss", count, thing)
}

// Objects says in brackets how many objects there are of each kind, such as
// " (1 Namespace, 2 ConfigMaps)"; it is "" where there are none.
func Objects(objects []lint.Object) string {
	if len(objects) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s)", Kinds(objects))
}

// Kinds says how many objects there are of each kind, such as "1 Namespace, 2 ConfigMaps".
func Kinds(objects []lint.Object) string {
	var kinds []string
	counts := map[string]int{}
	for _, o := range objects {
		if counts[o.Kind]++; counts[o.Kind] == 1 {
			kinds = append(kinds, o.Kind)
		}
	}
	for i, kind := range kinds {
		kinds[i] = Number(counts[kind], kind)
	}
	return strings.Join(kinds, ", ")
}

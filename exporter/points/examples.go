package points

import (
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// An Example is a series that is not exported, and what about it is the reason.
type Example struct {
	Series, Detail string
}

// Examples returns series that are not exported, at most so many for each reason, in the
// order of their names.
func (d *Derivation) Examples(most int) map[series.Reason][]Example {
	found := map[series.Reason][]Example{}
	for _, s := range d.sources {
		for _, r := range s.refusals {
			kept := append(found[r.Reason], Example{s.labels.String(), r.Detail})
			slices.SortFunc(kept, func(a, b Example) int { return strings.Compare(a.Series, b.Series) })
			found[r.Reason] = kept[:min(len(kept), most)]
		}
	}
	return found
}

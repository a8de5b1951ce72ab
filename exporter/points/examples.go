package points

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// maxNoted is how many series are noted for each reason, from one call of Examples to the
// next.
const maxNoted = 3

// An Example is a series that is not exported, and what about it is the reason.
type Example struct {
	Series, Detail string
}

// Examples returns series that are not exported, at most so many for each reason, in the
// order of their names: those of which nothing is, and those that had samples which are not,
// since the call before.
func (d *Derivation) Examples(most int) map[series.Reason][]Example {
	found := map[series.Reason][]Example{}
	for _, s := range d.sources {
		for _, r := range s.refusals {
			kept := append(found[r.Reason], Example{nameOf(s.labels), r.Detail})
			slices.SortFunc(kept, byName)
			found[r.Reason] = kept[:min(len(kept), most)]
		}
	}
	for reason, noted := range d.noted {
		if len(found[reason]) == 0 {
			slices.SortFunc(noted, byName)
			found[reason] = noted[:min(len(noted), most)]
		}
	}
	clear(d.noted)
	return found
}

func byName(a, b Example) int { return strings.Compare(a.Series, b.Series) }

// noteExample notes the series that samples are dropped of, if there are few for the reason.
func (d *Derivation) noteExample(reason series.Reason) {
	noted := d.noted[reason]
	if d.subject.source == nil || len(noted) >= maxNoted {
		return
	}
	lset := d.subject.source.labels
	if d.subject.histogram {
		lset = series.GroupOf(lset)
	}
	example := Example{Series: nameOf(lset)}
	if !slices.Contains(noted, example) {
		d.noted[reason] = append(noted, example)
	}
}

// nameOf writes a series as queries do, with its name in front.
func nameOf(lset labels.Labels) string {
	return lset.Get(labels.MetricName) + labels.NewBuilder(lset).Del(labels.MetricName).Labels().String()
}

// A subject is the series that is accounted for, or one of its histogram's.
type subject struct {
	source    *source
	histogram bool
}

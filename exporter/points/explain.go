package points

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// An Explanation says what becomes of a series of Prometheus, and why not more.
type Explanation struct {
	Labels labels.Labels
	// Recorded says that a rule makes the series.
	Recorded bool
	// Series are the time series in Google Cloud Monitoring that it goes into, sums
	// included.
	Series []*series.Series
	// Refused are the reasons for which it does not, and in a word or two what they are
	// about: for a collision, the series that came first.
	Refused []Refused
}

// Refused is a reason for which samples are dropped.
type Refused struct {
	Reason series.Reason
	Detail string
}

// Explain goes through all series that are selected or summed up and have had a sample,
// in the order of their labels.
func (d *Derivation) Explain() iter.Seq[Explanation] {
	return func(yield func(Explanation) bool) {
		for _, s := range slices.SortedFunc(maps.Values(d.sources), byLabels) {
			if s.resolved && s.matters() && !yield(d.explain(s)) {
				return
			}
		}
	}
}

func byLabels(a, b *source) int { return labels.Compare(a.labels, b.labels) }

func (d *Derivation) explain(s *source) Explanation {
	e := Explanation{Labels: s.labels, Recorded: s.recorded}
	for _, r := range s.refusals {
		e.Refused = append(e.Refused, Refused(r))
	}
	for _, st := range s.streams {
		d.explainStream(&e, st, s.key)
	}
	groups := s.groups
	if h := s.histogram; h != nil {
		groups = slices.Concat(groups, h.groups)
		if h.stream != nil {
			d.explainStream(&e, h.stream, h.key)
		}
	}
	for _, g := range groups {
		d.explainStream(&e, g.stream, g.owner)
	}
	return e
}

// explainStream adds a time series, or why the owner has no points in it.
func (d *Derivation) explainStream(e *Explanation, st *stream, owner key) {
	switch {
	case st.owner != (key{}) && st.owner != owner && st.native:
		e.Refused = append(e.Refused, Refused{series.Shadowed, ""})
	case st.owner != (key{}) && st.owner != owner:
		e.Refused = append(e.Refused, Refused{series.Collision, d.nameOf(st.owner)})
	case st.owner == owner && !st.admitted:
		e.Refused = append(e.Refused, Refused{series.MaxSeries, ""})
	default:
		e.Series = append(e.Series, st.series)
	}
}

// nameOf names the owner of a time series.
func (d *Derivation) nameOf(owner key) string {
	if s := d.sources[owner]; s != nil {
		return s.labels.String()
	}
	for _, s := range d.sources {
		if s.histogram != nil && s.histogram.key == owner {
			return series.GroupOf(s.labels).String()
		}
	}
	for _, g := range d.groups {
		if g.owner == owner {
			return strings.ToValidUTF8(g.key.aggregation, "")
		}
	}
	return ""
}

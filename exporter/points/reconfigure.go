package points

import (
	"maps"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// Reanchor says that Google has refused the start of a time series, because it has a later
// point: the next sample only gives a new start and a value to count from.
func (d *Derivation) Reanchor(identity series.Identity) {
	if st := d.streams[identity]; st != nil {
		d.release(st)
		st.reanchor = true
	}
}

// Reconfigure applies another configuration from the next record on. A time series that
// stays the same goes on; one that is new begins at the last sample before, with its value
// to count from. Series that only the new configuration selects must be named again: give
// the log's records of series once more, as those of a checkpoint.
func (d *Derivation) Reconfigure(resolver *series.Resolver) {
	for len(d.open) > 0 {
		d.closeFirst()
	}
	d.resolver = resolver
	d.limits.configure(resolver.Settings())
	d.limits.inputs = 0
	selected := map[*classic]bool{}
	for _, of := range slices.SortedFunc(maps.Keys(d.sources), key.compare) {
		s := d.sources[of]
		d.reconsider(s)
		if s.selected && s.histogram != nil {
			selected[s.histogram] = true
		}
	}
	for _, of := range slices.SortedFunc(maps.Keys(d.histograms), key.compare) {
		h := d.histograms[of]
		h.groups = nil
		if h.stream != nil && !selected[h] {
			d.closeStream(h.stream)
			h.stream = nil
		}
	}
	d.dropGroups()
}

// reconsider forgets what a source was, but not what it was last.
func (d *Derivation) reconsider(s *source) {
	s.selected, s.sums = d.resolver.Selected(s.labels), d.resolver.Inputs(s.labels)
	s.resolved, s.input, s.groups, s.refusals = false, false, nil, nil
	if !s.selected {
		for _, st := range s.streams {
			d.closeStream(st)
		}
		s.streams = nil
	}
	s.count()
	for _, ref := range s.refs {
		if s.wanted() {
			d.wanted.Add(ref)
		} else {
			d.wanted.Remove(ref)
		}
	}
}

// dropGroups forgets the sums that the configuration does not ask for any more.
func (d *Derivation) dropGroups() {
	asked := map[string]bool{}
	for _, a := range d.resolver.Aggregations() {
		asked[a.Key] = true
	}
	for _, g := range d.sortedGroups() {
		if !asked[g.key.aggregation] {
			d.forgetGroup(g)
		}
	}
}

// forgetGroup forgets a sum, and settles what it has not sent.
func (d *Derivation) forgetGroup(g *group) {
	d.settle(g)
	d.counts.Held += uint64(g.samples)
	d.counts.HeldLost += uint64(g.samples)
	g.samples = 0
	d.closeStream(g.stream)
	delete(d.groups, g.key)
	if g.target != nil {
		g.target.groups = slices.DeleteFunc(g.target.groups, func(other *group) bool { return other == g })
	}
}

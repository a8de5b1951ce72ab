package points

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// In milliseconds of the log's time: how often what is old is looked for, how long a series
// without samples is remembered, and how long the end of one that a reload closed.
const (
	sweepAfter    = 10 * 60_000
	forgetAfter   = 6 * 3600_000
	rememberAfter = 25 * 3600_000
)

// sweep forgets what has had no samples for long.
func (d *Derivation) sweep() {
	if d.swept == 0 {
		d.swept = d.now
	}
	if d.now-d.swept < sweepAfter {
		return
	}
	d.swept = d.now
	before := d.now - forgetAfter
	for _, s := range d.sources {
		if s.touched < before {
			d.forgetSource(s)
		}
	}
	d.markUsed()
	for of, h := range d.histograms {
		if !h.open && h.used != d.swept {
			delete(d.histograms, of)
			continue
		}
		if h.stream != nil {
			h.stream.used = d.swept
		}
		for _, g := range h.groups {
			g.used = d.swept
		}
	}
	for _, g := range d.sortedGroups() {
		if g.used == d.swept {
			g.stream.used = d.swept
		} else {
			d.forgetGroup(g)
		}
	}
	d.forgetStreams()
	for key, t := range d.targets {
		if t.used != d.swept && t.current.time < before {
			delete(d.targets, key)
		}
	}
}

// markUsed marks what sources refer to with the time of this sweep.
func (d *Derivation) markUsed() {
	for _, s := range d.sources {
		for _, st := range s.streams {
			st.used = d.swept
		}
		for _, g := range s.groups {
			g.used = d.swept
		}
		if s.histogram != nil {
			s.histogram.used = d.swept
		}
		if s.target != nil {
			s.target.used = d.swept
		}
	}
}

func (d *Derivation) forgetSource(s *source) {
	for _, ref := range s.refs {
		d.refs.remove(ref)
		d.wanted.Remove(ref)
	}
	if s.input {
		d.limits.inputs--
	}
	delete(d.sources, s.key)
}

// forgetStreams forgets time series that nothing refers to, with the end of their last
// point. What is held back of them is settled.
func (d *Derivation) forgetStreams() {
	var unused []*stream
	for _, st := range d.streams {
		if st.used != d.swept && (st.closed == 0 || d.now-max(st.sampled, st.closed) >= rememberAfter) {
			unused = append(unused, st)
		}
	}
	slices.SortFunc(unused, byIdentity)
	for _, st := range unused {
		d.release(st)
		delete(d.streams, st.series.Identity)
	}
}

func byIdentity(a, b *stream) int { return bytes.Compare(a.series.Identity[:], b.series.Identity[:]) }

// sortedGroups returns all sums in the order of their keys.
func (d *Derivation) sortedGroups() []*group {
	all := slices.Collect(maps.Values(d.groups))
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(strings.Compare(a.key.aggregation, b.key.aggregation), bytes.Compare(a.key.identity[:], b.key.identity[:]))
	})
	return all
}

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
	used := d.usedBySources()
	for of, h := range d.histograms {
		if !h.open && !used.histograms[h] {
			delete(d.histograms, of)
		} else {
			used.add(h.stream, h.groups)
		}
	}
	for _, g := range d.sortedGroups() {
		if used.groups[g] {
			used.add(g.stream, nil)
		} else {
			d.forgetGroup(g)
		}
	}
	d.forgetStreams(used)
	for key, t := range d.targets {
		if !used.targets[t] && t.current.time < before {
			delete(d.targets, key)
		}
	}
}

// use is what is still referred to.
type use struct {
	histograms map[*classic]bool
	groups     map[*group]bool
	streams    map[*stream]bool
	targets    map[*target]bool
}

func (u *use) add(st *stream, groups []*group) {
	if st != nil {
		u.streams[st] = true
	}
	for _, g := range groups {
		u.groups[g] = true
	}
}

func (d *Derivation) usedBySources() *use {
	u := &use{map[*classic]bool{}, map[*group]bool{}, map[*stream]bool{}, map[*target]bool{}}
	for _, s := range d.sources {
		u.add(nil, s.groups)
		for _, st := range s.streams {
			u.add(st, nil)
		}
		if s.histogram != nil {
			u.histograms[s.histogram] = true
		}
		u.targets[s.target] = true
	}
	return u
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
func (d *Derivation) forgetStreams(used *use) {
	for _, st := range d.sortedStreams() {
		if used.streams[st] || d.now-max(st.sampled, st.closed) < rememberAfter && st.closed != 0 {
			continue
		}
		d.release(st)
		delete(d.streams, st.series.Identity)
	}
}

// sortedStreams returns all streams in the order of their identities.
func (d *Derivation) sortedStreams() []*stream {
	all := slices.Collect(maps.Values(d.streams))
	slices.SortFunc(all, func(a, b *stream) int { return bytes.Compare(a.series.Identity[:], b.series.Identity[:]) })
	return all
}

// sortedGroups returns all sums in the order of their keys.
func (d *Derivation) sortedGroups() []*group {
	all := slices.Collect(maps.Values(d.groups))
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(strings.Compare(a.key.aggregation, b.key.aggregation), bytes.Compare(a.key.identity[:], b.key.identity[:]))
	})
	return all
}

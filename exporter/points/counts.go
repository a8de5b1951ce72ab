package points

import (
	"maps"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// Counts says what became of samples. A sample counts once for each time series and each
// sum that it goes into. At every moment
//
//	Selected = Emitted + Anchors + Held + Stale + Waiting + the sum of Dropped
type Counts struct {
	// Selected are the samples that a series or a sum was to be made of.
	Selected uint64
	// Emitted went out with a point: those of all points that were emitted.
	Emitted uint64
	// Anchors gave a start and a value to count from.
	Anchors uint64
	// Held were held back because of the minimal period, and a later one was sent.
	Held uint64
	// Stale said that a series ended.
	Stale uint64
	// Waiting belong to open histograms, points held back, sums and records that wait for
	// Prometheus. They become one of the others.
	Waiting uint64
	Dropped map[series.Reason]uint64

	// HeldLost are those of Held whose point nothing later made up for; HeldLostAmount is
	// by how much the counters would have risen.
	HeldLost       uint64
	HeldLostAmount float64
	// UnknownSeries are samples of references that no record of series has named. They are
	// not among Selected.
	UnknownSeries uint64
}

// clone returns a copy that does not change.
func (c Counts) clone() Counts {
	c.Dropped = maps.Clone(c.Dropped)
	return c
}

// drop counts samples that are not exported.
func (d *Derivation) drop(reason series.Reason, samples int) {
	if reason == series.NotSelected {
		d.counts.Selected -= uint64(samples)
		return
	}
	d.counts.Dropped[reason] += uint64(samples)
	d.noteExample(reason)
}

// Counts returns what became of all samples so far, since the state's beginning.
func (d *Derivation) Counts() Counts {
	counts := d.counts.clone()
	counts.Selected += uint64(d.stalled)
	counts.Waiting += uint64(d.stalled)
	return counts
}

// Now returns the latest time of any sample so far, in milliseconds since 1970.
func (d *Derivation) Now() int64 { return d.now }

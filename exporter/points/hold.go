package points

import "github.com/linkerd-gcm/linkerd-gcm/monitoring"

// point emits a point, or holds it back if the one before was sent too short a time ago.
// A point that is held back gives way to the next.
func (d *Derivation) point(st *stream, start, end int64, v Value, samples int) {
	if st.held != nil {
		d.counts.Waiting -= uint64(st.held.Samples)
		d.counts.Held += uint64(st.held.Samples)
		st.held = nil
	}
	st.end, st.hasEnd = end, true
	p := Point{Series: st.series, Start: start, End: end, Value: v, Samples: samples}
	if !d.spaced(st, end) {
		held := p // so that the others are not on the heap
		st.held = &held
		d.counts.Waiting += uint64(samples)
		return
	}
	d.send(st, p)
}

// spaced reports whether a point is far enough from the last one that was sent.
func (d *Derivation) spaced(st *stream, end int64) bool {
	return !st.hasSent || end-st.sent >= d.limits.minPeriod
}

func (d *Derivation) send(st *stream, p Point) {
	st.sent, st.hasSent, st.sentAmount = p.End, true, amount(p)
	d.counts.Emitted += uint64(p.Samples)
	d.emit(p)
}

// release settles the point that is held back of a stream that ends or begins anew: it is
// sent if it may be, else lost.
func (d *Derivation) release(st *stream) {
	if st.held == nil {
		return
	}
	p := *st.held
	st.held = nil
	d.counts.Waiting -= uint64(p.Samples)
	if d.spaced(st, p.End) {
		d.send(st, p)
		return
	}
	d.counts.Held += uint64(p.Samples)
	d.counts.HeldLost += uint64(p.Samples)
	if p.Series.Kind == monitoring.Cumulative {
		d.counts.HeldLostAmount += amount(p) - st.sentSince(p.Start)
	}
}

// sentSince is the value of the last point that was sent, if it has the same start.
func (st *stream) sentSince(start int64) float64 {
	if st.hasSent && st.sent > start {
		return st.sentAmount
	}
	return 0
}

// amount is how much a point says was counted since its start.
func amount(p Point) float64 {
	switch {
	case p.Value.Distribution != nil:
		return float64(p.Value.Distribution.Count)
	case p.Series.Value == monitoring.Int64:
		return float64(p.Value.Int64)
	}
	return p.Value.Double
}

package points

import (
	"math"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// maxBuckets is how many buckets Google takes.
const maxBuckets = 200

// distribute accounts for the open values of a histogram that is exported.
func (d *Derivation) distribute(h *classic, next step) {
	st, t := h.stream, h.openTime
	if reason := d.claimNewer(st, h.key, t); reason != "" {
		if st.native && reason == series.Collision {
			reason = series.Shadowed
		}
		d.drop(reason, h.samples)
		return
	}
	fresh := !st.hasStart
	switch d.count(st, next, h.valueTime, 0, t, 0) {
	case anchored:
		h.rebase(fromCurrent)
		d.anchor(st, t, 0, h.samples)
		return
	case noRoom:
		h.rebase(fromZero)
		d.drop(series.NoRoom, h.samples)
		return
	}
	switch {
	case next.change == born, next.change == reset:
		h.rebase(fromZero)
	case fresh:
		h.rebase(fromLast)
	}
	d.point(st, st.start, t, Value{Distribution: h.distribution()}, h.samples)
}

// distribution makes one of what was counted since the base: as Google's sidecar does,
// with whole numbers in each bucket, and the deviation from the middles of the buckets.
func (h *classic) distribution() *Distribution {
	made := &Distribution{Bounds: h.bounds, Counts: make([]int64, 0, len(h.bounds)+1)}
	total := h.total.current - h.total.base
	above := truncate(total)
	if top := h.slots[len(h.slots)-1]; top.seen && math.IsInf(top.bound, 1) {
		above = truncate(top.current - top.base)
	}
	if total > 0 {
		made.Mean = (h.sum.current - h.sum.base) / total
	}
	lower, before := 0.0, int64(0)
	add := func(upper float64, count int64) {
		// Sums of floating-point numbers may differ in their last digits.
		count = max(count, before)
		middle := (lower + upper) / 2
		made.SumOfSquaredDeviation += float64(count-before) * (middle - made.Mean) * (middle - made.Mean)
		made.Counts = append(made.Counts, count-before)
		lower, before = upper, count
	}
	for _, s := range h.slots {
		if s.seen && !math.IsInf(s.bound, 0) {
			add(s.bound, truncate(s.current-s.base))
		}
	}
	add(lower, above)
	made.Count = before
	made.SumOfSquaredDeviation = min(made.SumOfSquaredDeviation, math.MaxFloat64)
	return merge(made)
}

// merge joins neighbouring buckets where there are more than Google takes. The same bounds
// are always merged the same way.
func merge(d *Distribution) *Distribution {
	if len(d.Counts) <= maxBuckets {
		return d
	}
	each := (len(d.Bounds) + maxBuckets - 2) / (maxBuckets - 1)
	bounds, counts := make([]float64, 0, maxBuckets), make([]int64, 0, maxBuckets)
	for i := 0; i < len(d.Bounds); i += each {
		last := min(i+each, len(d.Bounds)) - 1
		var count int64
		for _, c := range d.Counts[i : last+1] {
			count += c
		}
		bounds, counts = append(bounds, d.Bounds[last]), append(counts, count)
	}
	d.Bounds, d.Counts = bounds, append(counts, d.Counts[len(d.Counts)-1])
	return d
}

package points

import (
	"math"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// silence is how long the owner of a time series may have no sample before another series
// may take its place, in milliseconds.
const silence = 10 * 60_000

// A stream is a time series in Google Cloud Monitoring.
type stream struct {
	series *series.Series
	// owner is the key of the source or histogram that the stream belongs to; ended says
	// that it ended.
	owner key
	ended bool
	// native says that the owner is a native histogram.
	native bool
	// sampled is the time of the last sample.
	sampled int64
	// admitted says that the stream counts among those that are exported.
	admitted bool

	// start is when counting began, and base the value at that time.
	hasStart bool
	start    int64
	base     float64
	// reanchor says that the next sample only gives the start.
	reanchor bool
	// end is that of the last point, held back ones included; sent that of the last point
	// that was emitted, and sentAmount its value.
	hasEnd, hasSent bool
	end, sent       int64
	sentAmount      float64
	held            *Point
	// closed is the time of the log when a reload left the stream without a source.
	closed int64
	// used is the last sweep that found it in use.
	used int64
}

// stream returns the stream of a series.
func (d *Derivation) stream(s *series.Series) *stream {
	found := d.streams[s.Identity]
	if found == nil {
		found = &stream{series: s}
		d.streams[s.Identity] = found
	}
	return found
}

// claim lets the owner of a stream pass, and makes the given one the owner of a stream that has
// none any more. It returns why the sample is dropped, or "".
func (d *Derivation) claim(st *stream, owner key, t int64) series.Reason {
	if st.owner != owner {
		if st.owner != (key{}) && !st.ended && t-st.sampled <= silence {
			return series.Collision
		}
		d.release(st)
		st.owner, st.native, st.hasStart = owner, false, false
	}
	if !d.admit(st, t) {
		return series.MaxSeries
	}
	st.ended, st.sampled, st.closed = false, max(t, st.sampled), 0
	return ""
}

// claimNewer is claim for a point that ends at t, which must be later than the one before.
func (d *Derivation) claimNewer(st *stream, owner key, t int64) series.Reason {
	reason := d.claim(st, owner, t)
	if reason == "" && st.hasEnd && t <= st.end {
		return series.NotNewer
	}
	return reason
}

// closeStream says that a reload left a stream without its owner.
func (d *Derivation) closeStream(st *stream) {
	d.release(st)
	st.owner, st.hasStart, st.closed = key{}, false, d.now
}

// claimNative is claim for a native histogram, which has precedence over a classic one.
func (d *Derivation) claimNative(st *stream, owner key, t int64) series.Reason {
	if st.owner != owner && !st.native {
		d.release(st)
		st.owner, st.hasStart = owner, false
	}
	reason := d.claim(st, owner, t)
	st.native = st.native || reason == ""
	return reason
}

// begin sets a new start, later than all points before. It returns false where there is no
// room for one before t.
func (st *stream) begin(start int64, base float64, t int64) bool {
	if st.hasEnd && start <= st.end {
		start = st.end + 1
	}
	st.hasStart, st.start, st.base, st.reanchor = true, start, base, false
	return start < t
}

// anchor makes a sample the one to count from.
func (d *Derivation) anchor(st *stream, t int64, base float64, samples int) {
	st.hasStart, st.start, st.base, st.reanchor = true, t, base, false
	if st.hasEnd && t <= st.end {
		st.start = st.end + 1
	}
	d.counts.Anchors += uint64(samples)
}

// AnchorUntil makes each cumulative time series begin with its first sample after a time, in
// milliseconds since 1970, until which another exporter has made points of it.
func (d *Derivation) AnchorUntil(t int64) { d.anchorUntil = t }

// others reports whether another exporter may have made points of a stream after what would be
// its start: the one that it has, or the last sample before.
func (d *Derivation) others(st *stream, next change, last, t int64) bool {
	start := last
	if st.hasStart {
		start = st.start
	}
	return d.anchorUntil > 0 && (t <= d.anchorUntil || next != born && start <= d.anchorUntil)
}

// number converts a number to what the series has: a whole one is rounded, as Google's
// sidecar does (stackdriver-prometheus-sidecar, retrieval/transform.go, buildTypedValue).
func (st *stream) number(v float64) Value {
	if st.series.Value == monitoring.Int64 {
		return Value{Int64: truncate(math.Round(v))}
	}
	return Value{Double: v}
}

package points

import (
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// Histograms takes a record of native histograms. It returns ErrWait or nil.
func (d *Derivation) Histograms(samples []record.RefHistogramSample) error {
	return d.natives(len(samples), func(i int) (chunks.HeadSeriesRef, int64, *histogram.FloatHistogram) {
		s := &samples[i]
		if s.H == nil || !value.IsStaleNaN(s.H.Sum) && (s.H.Validate() != nil || !knownSchema(s.H.Schema)) {
			return s.Ref, s.T, nil
		}
		return s.Ref, s.T, s.H.ToFloat(nil)
	})
}

// FloatHistograms takes a record of native histograms whose counts are not whole numbers.
// It returns ErrWait or nil.
func (d *Derivation) FloatHistograms(samples []record.RefFloatHistogramSample) error {
	return d.natives(len(samples), func(i int) (chunks.HeadSeriesRef, int64, *histogram.FloatHistogram) {
		s := &samples[i]
		if s.FH == nil || !value.IsStaleNaN(s.FH.Sum) && (s.FH.Validate() != nil || !knownSchema(s.FH.Schema)) {
			return s.Ref, s.T, nil
		}
		return s.Ref, s.T, s.FH.Copy()
	})
}

// natives applies a record of native histograms, each of which get returns; one that is
// damaged is nil.
func (d *Derivation) natives(count int, get func(int) (chunks.HeadSeriesRef, int64, *histogram.FloatHistogram)) error {
	d.stalled, d.at = 0, d.now
	waiting, unknown, complete := 0, 0, true
	for i := range count {
		ref, t, h := get(i)
		s := d.refs.get(ref)
		if s == nil {
			if !d.seen.Has(ref) {
				unknown++
			}
			continue
		}
		if !s.matters() {
			continue
		}
		waiting += s.uses()
		stale := h != nil && value.IsStaleNaN(h.Sum)
		scraped := s.target != nil && s.target.current.record != 0 && s.target.current.time == t
		d.at = max(d.at, t)
		if !s.settled(d.at) && !stale && !d.resolve(s, scraped) {
			complete = false
		}
	}
	if !complete {
		d.stalled = waiting
		return ErrWait
	}
	d.record++
	d.counts.UnknownSeries += uint64(unknown)
	for i := range count {
		ref, t, h := get(i)
		d.now = max(d.now, t)
		if s := d.refs.get(ref); s != nil {
			d.applyNative(s, t, h)
		}
	}
	d.finishRecord()
	return nil
}

// applyNative accounts for one native histogram.
func (d *Derivation) applyNative(s *source, t int64, current *histogram.FloatHistogram) {
	s.touched = d.now
	if d.skips(s, t) || !d.begin(s, t, current != nil && value.IsStaleNaN(current.Sum)) {
		return
	}
	h, uses := s.histogram, s.uses()
	switch {
	case h == nil || !h.native:
		d.refuseNative(s)
		return
	case current == nil:
		d.drop(series.InconsistentHistogram, uses)
	case !isFinite(current.Sum) || !isFinite(current.Count):
		d.drop(series.NotFinite, uses)
	case current.CounterResetHint == histogram.GaugeType:
		d.drop(series.UnsupportedType, uses)
	default:
		d.takeNative(s, h, t, current)
	}
	s.hasTime, s.lastTime = true, t
}

// refuseNative drops a native histogram of a series that is something else.
func (d *Derivation) refuseNative(s *source) {
	uses := s.uses()
	d.dropRefused(s)
	d.drop(series.UnsupportedType, uses-len(s.refusals))
}

// takeNative accounts for a native histogram that is exported.
func (d *Derivation) takeNative(s *source, h *classic, t int64, current *histogram.FloatHistogram) {
	d.dropRefused(s)
	next := d.nativeStep(s, h, t, current)
	if h.stream != nil {
		d.exportNative(h, next, t, current)
	}
	d.sumNative(h, next, t, current)
	h.last, h.hasValue, h.valueTime, h.vanished = current, true, t, false
}

func (d *Derivation) nativeStep(s *source, h *classic, t int64, current *histogram.FloatHistogram) step {
	if !h.hasValue {
		return d.firstStep(s, t)
	}
	if !s.recorded && h.vanished || current.DetectReset(h.last) {
		return step{reset, h.target.before(h.valueTime)}
	}
	return step{change: rise}
}

func (d *Derivation) exportNative(h *classic, next step, t int64, current *histogram.FloatHistogram) {
	st := h.stream
	if reason := d.claimNative(st, h.key, t); reason != "" {
		d.drop(reason, 1)
		return
	}
	fresh := !st.hasStart
	if st.hasEnd && t <= st.end {
		// The classic histogram of the same scrape came first.
		h.base = current
		d.anchor(st, t, 0, 1)
		return
	}
	switch d.count(st, next, h.valueTime, 0, t, 0) {
	case anchored:
		h.base = current
		d.anchor(st, t, 0, 1)
		return
	case noRoom:
		h.base = nil
		d.drop(series.NoRoom, 1)
		return
	}
	switch {
	case next.change == born, next.change == reset:
		h.base = nil
	case fresh:
		h.base = h.last
	}
	made := exponential(since(current, h.base))
	if made == nil {
		d.drop(series.InconsistentHistogram, 1)
		return
	}
	d.point(st, st.start, t, Value{Distribution: made}, 1)
}

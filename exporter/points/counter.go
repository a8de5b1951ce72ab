package points

import (
	"math"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A change says what a sample means for those that count.
type change int

const (
	// first is a sample with nothing before, and no known start.
	first change = iota
	// born is the first sample of a series whose start is known: all of the value counts.
	born
	// rise is a sample that is at least as high as the one before.
	rise
	// reset is a series that began anew: all of the value counts.
	reset
	// rebase is a recorded series that fell: nothing counts.
	rebase
)

// A step is a change, and the start that goes with it if it is born or reset.
type step struct {
	change change
	start  int64
}

// number accounts for a sample of a source that is exported as a number.
func (d *Derivation) number(s *source, t int64, v float64) {
	if math.IsNaN(v) {
		d.drop(series.NotFinite, int(s.numbers))
		return
	}
	finite := isFinite(v)
	if s.numbers > 0 {
		var next step
		if finite {
			next = d.step(s, t, v)
		}
		d.numbers(s, next, t, v)
	}
	s.hasTime, s.lastTime = true, t
	if finite {
		s.hasValue, s.valueTime, s.value, s.vanished = true, t, v, false
	}
}

// numbers accounts for a sample of a source in all that it is a number of.
func (d *Derivation) numbers(s *source, next step, t int64, v float64) {
	for _, st := range s.streams {
		switch {
		case st.series.Kind == monitoring.Gauge:
			d.gauge(st, s, t, v)
		case !isFinite(v):
			d.drop(series.NotFinite, 1)
		default:
			d.cumulative(st, s, next, t, v)
		}
	}
	for _, g := range s.groups {
		d.addNumber(g, s, next, t, v)
	}
}

// step says what a finite sample means.
func (d *Derivation) step(s *source, t int64, v float64) step {
	switch {
	case !s.hasValue:
		return d.firstStep(s, t)
	case !s.recorded && (v < s.value || s.vanished):
		return step{reset, s.target.before(s.valueTime)}
	case v < s.value:
		return step{change: rebase}
	}
	return step{change: rise}
}

// firstStep says what the first sample of a source means that has a value.
func (d *Derivation) firstStep(s *source, t int64) step {
	if start, known := d.birth(s.target, s.born, s.fromLog, t); known && !s.recorded && !s.hasTime {
		return step{born, start}
	}
	return step{change: first}
}

// gauge accounts for a sample of a stream that does not count.
func (d *Derivation) gauge(st *stream, s *source, t int64, v float64) {
	if reason := d.claimNewer(st, s.key, t); reason != "" {
		d.drop(reason, 1)
		return
	}
	if st.series.Value == monitoring.Int64 && !isFinite(v) {
		d.drop(series.NotFinite, 1)
		return
	}
	d.point(st, 0, t, st.number(v), 1)
}

// cumulative accounts for a sample of a stream that counts.
func (d *Derivation) cumulative(st *stream, s *source, next step, t int64, v float64) {
	if reason := d.claimNewer(st, s.key, t); reason != "" {
		d.drop(reason, 1)
		return
	}
	room := d.count(st, next, s.valueTime, s.value, t, v)
	switch {
	case room == anchored:
		d.anchor(st, t, v, 1)
	case room == noRoom:
		d.drop(series.NoRoom, 1)
	case !isFinite(v - st.base):
		d.drop(series.NotFinite, 1)
	default:
		d.point(st, st.start, t, st.number(v-st.base), 1)
	}
}

// A verdict says what becomes of a sample that counts.
type verdict int

const (
	counted verdict = iota
	anchored
	noRoom
)

// count sets the start and the base of a stream for its next value.
func (d *Derivation) count(st *stream, next step, lastTime int64, last float64, t int64, v float64) verdict {
	if st.reanchor || !st.hasStart && next.change == first || d.others(st, next.change, lastTime, t) {
		return anchored
	}
	switch {
	case next.change == reset, next.change == born:
		d.release(st)
		if !st.begin(next.start, 0, t) {
			return noRoom
		}
	case !st.hasStart:
		if !st.begin(lastTime, last, t) {
			return anchored
		}
	}
	if next.change == rebase {
		st.base += v - last
	}
	if st.start >= t {
		return noRoom
	}
	return counted
}

// truncate makes a whole number of one, as Go does where it fits.
func truncate(v float64) int64 {
	switch {
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}

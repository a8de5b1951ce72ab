package points

import "github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"

// recountAfter is how often, in milliseconds of the log's time, series are counted anew
// when there are too many.
const recountAfter = 10_000

// limits keeps count of the series that are exported.
type limits struct {
	// minPeriod, in milliseconds, maxSeries and maxInputs are those of the configuration.
	minPeriod            int64
	maxSeries, maxInputs int
	// active is how many there were when they were counted, and those that came since.
	active  int
	counted int64
	inputs  int
}

// configure takes the limits of a configuration.
func (l *limits) configure(settings configuration.Settings) {
	l.minPeriod, l.maxSeries, l.maxInputs = settings.MinPeriod.Milliseconds(), settings.MaxSeries, settings.MaxInputs
}

// admit reports whether a stream may be exported: whether it had a sample in the last ten
// minutes, or there are fewer such streams than --max-series.
func (d *Derivation) admit(st *stream, t int64) bool {
	most := d.limits.maxSeries
	if st.admitted && t-st.sampled <= silence {
		return true
	}
	st.admitted = false
	if most > 0 && d.limits.active >= most {
		d.recount()
	}
	if most > 0 && d.limits.active >= most {
		return false
	}
	d.limits.active++
	st.admitted = true
	return true
}

// admitInput reports whether a source may be summed up: whether it is already, or there are
// fewer than --max-inputs.
func (d *Derivation) admitInput(next *resolution) bool {
	if most := d.limits.maxInputs; !next.input && most > 0 && d.limits.inputs >= most {
		return false
	}
	if !next.input {
		next.input = true
		d.limits.inputs++
	}
	return true
}

func (d *Derivation) recount() {
	if d.limits.counted != 0 && d.now-d.limits.counted < recountAfter {
		return
	}
	d.limits.counted, d.limits.active = d.now, 0
	for _, st := range d.streams {
		if st.admitted = st.admitted && d.now-st.sampled <= silence; st.admitted {
			d.limits.active++
		}
	}
}

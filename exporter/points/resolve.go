package points

import (
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// retryAfter is after which time of the log a source that is not exported is resolved
// again: as often as Prometheus' targets are asked for.
const retryAfter = 30_000

// resolve decides what becomes of a source. It returns false, and leaves the source as it
// is, where Prometheus has to be asked first.
func (d *Derivation) resolve(s *source, scraped bool) bool {
	var exported series.Resolution
	if s.selected {
		found, answer := d.resolver.Resolve(s.labels, scraped, d.lookup)
		if answer == series.Wait {
			return false
		}
		exported = found
	}
	summed := make([]series.Resolution, 0, len(s.sums))
	for _, number := range s.sums {
		found, answer := d.resolver.ResolveInput(number, s.labels, scraped, d.lookup)
		if answer == series.Wait {
			return false
		}
		summed = append(summed, found)
	}
	s.selected = s.selected && exported.Reason != series.NotSelected
	d.become(s, exported, summed, scraped)
	return true
}

// become makes a source what it was resolved to.
func (d *Derivation) become(s *source, exported series.Resolution, summed []series.Resolution, scraped bool) {
	next := resolution{resolved: true, recorded: !scraped, input: s.input, nextTry: d.at + retryAfter}
	if s.selected {
		d.export(s, &next, exported)
	}
	for i, found := range summed {
		d.sum(s, &next, s.sums[i], found)
	}
	for _, st := range s.streams {
		if !slices.Contains(next.streams, st) {
			d.closeStream(st)
		}
	}
	next.count()
	s.resolution = next
	if !s.wanted() {
		for _, ref := range s.refs {
			d.wanted.Remove(ref)
		}
	}
}

// export makes a source part of the time series that it becomes.
func (d *Derivation) export(s *source, next *resolution, found series.Resolution) {
	if found.Reason != "" {
		next.refusals = append(next.refusals, refusal{found.Reason, found.Detail})
		return
	}
	if found.Role == series.Scalar {
		for _, out := range found.Outputs {
			next.streams = append(next.streams, d.stream(out))
		}
		return
	}
	h, st := d.join(s, next, found), d.stream(found.Outputs[0])
	if h.stream != nil && h.stream != st {
		d.closeStream(h.stream)
	}
	h.stream = st
}

// join makes a source part of its histogram.
func (d *Derivation) join(s *source, next *resolution, found series.Resolution) *classic {
	next.role = found.Role
	if next.histogram != nil {
		return next.histogram
	}
	of := s.key
	if found.Role != series.Native {
		of = classicKey(s.labels)
	}
	h := d.histograms[of]
	if h == nil {
		h = &classic{key: of, target: s.target, native: found.Role == series.Native}
		d.histograms[of] = h
	}
	h.recorded = next.recorded
	next.histogram = h
	if found.Role == series.Bucket {
		next.slot = h.slotOf(found.Bound)
	}
	return h
}

package points

import (
	"maps"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// Samples takes a record of samples, or those of it whose references are Wanted, or not
// Seen. It returns ErrWait or nil.
func (d *Derivation) Samples(samples []record.RefSample) error {
	if !d.prepare(samples) {
		return ErrWait
	}
	d.record++
	for _, s := range d.scrapes {
		s.target.scraped(s.scrape)
		d.measure(s.target)
	}
	for i := range samples {
		sample := &samples[i]
		d.now = max(d.now, sample.T)
		if s := d.found[i]; s != nil {
			d.apply(s, sample.T, sample.V)
		}
	}
	d.finishRecord()
	return nil
}

// prepare finds the sources of samples and what the record says of targets, and resolves
// the sources that are new. It returns false where one cannot be resolved yet.
func (d *Derivation) prepare(samples []record.RefSample) bool {
	d.found, d.scrapes, d.stalled, d.at = d.found[:0], d.scrapes[:0], 0, d.now
	unknown, pending := 0, false
	for i := range samples {
		s := d.refs.get(samples[i].Ref)
		d.found, d.at = append(d.found, s), max(d.at, samples[i].T)
		if s == nil {
			if !d.seen.Has(samples[i].Ref) {
				unknown++
			}
			continue
		}
		if s.up || s.processStart {
			d.about(s, samples[i].T, samples[i].V)
		}
		pending = pending || s.matters() && !s.settled(d.at)
	}
	if pending && !d.resolveAll(samples) {
		return false
	}
	d.counts.UnknownSeries += uint64(unknown)
	return true
}

// resolveAll resolves the sources of samples that are not yet.
func (d *Derivation) resolveAll(samples []record.RefSample) bool {
	waiting, complete := 0, true
	for i, s := range d.found {
		if s == nil || !s.matters() {
			continue
		}
		waiting += s.uses()
		if !s.settled(d.at) && !value.IsStaleNaN(samples[i].V) && !d.resolve(s, d.isScraped(s)) {
			complete = false
		}
	}
	if !complete {
		d.stalled = waiting
	}
	return complete
}

// isScraped reports whether the record that is being prepared is a scrape of the source's
// target.
func (d *Derivation) isScraped(s *source) bool {
	for i := range d.scrapes {
		if d.scrapes[i].target == s.target {
			return true
		}
	}
	return false
}

// about takes down what a sample says of its target.
func (d *Derivation) about(s *source, t int64, v float64) {
	if s.target == nil {
		return
	}
	if s.processStart {
		if started := v * 1000; started > 0 && started < math.MaxInt64/2 {
			s.target.started, s.target.startedRecord = int64(math.Round(started)), d.record+1
		}
		return
	}
	if !d.isScraped(s) {
		d.scrapes = append(d.scrapes, scrapeOf{s.target, scrape{time: t, up: v == 1, gone: value.IsStaleNaN(v), record: d.record + 1}})
	}
}

// measure keeps the log's interval: the longest of its targets', of those that are usual.
func (d *Derivation) measure(t *target) {
	if t.interval == 0 || t.interval == t.measured {
		return
	}
	t.measured = t.interval
	d.interval = 0
	for _, other := range d.targets {
		d.interval = max(d.interval, min(other.interval, maxInterval))
	}
}

// apply accounts for one sample.
func (d *Derivation) apply(s *source, t int64, v float64) {
	s.touched = d.now
	if d.skips(s, t) {
		return
	}
	if h := s.histogram; h != nil && h.open && t > h.openTime {
		d.close(h)
	}
	if !d.begin(s, t, value.IsStaleNaN(v)) {
		return
	}
	if s.refused > 0 {
		d.dropRefused(s)
	}
	if s.histogram != nil {
		d.part(s, t, v)
	}
	d.number(s, t, v)
}

// dropRefused drops a sample for each reason for which its source is not in something.
func (d *Derivation) dropRefused(s *source) {
	for _, refused := range s.refusals {
		d.drop(refused.Reason, 1)
	}
}

// skips reports whether a sample is not accounted for: nobody wants the series, or the sample
// was taken already.
func (d *Derivation) skips(s *source, t int64) bool {
	return !s.matters() || t <= d.again && s.hasTime && t <= s.lastTime
}

// begin counts a sample of either kind among those selected. It reports whether there is more
// to do: not for one that says that the series ended, and not for one that is not newer.
func (d *Derivation) begin(s *source, t int64, stale bool) bool {
	d.subject = subject{source: s}
	uses := s.uses()
	d.counts.Selected += uint64(uses)
	switch {
	case stale:
		d.counts.Stale += uint64(uses)
		d.end(s, t)
		s.hasTime, s.lastTime = true, max(t, s.lastTime)
		return false
	case s.hasTime && t <= s.lastTime:
		d.drop(series.NotNewer, uses)
		return false
	}
	s.goesOn()
	return true
}

// goesOn says that a source has a sample, whatever its value. If it ended with a failed
// scrape and was missing in a good one since, it has vanished: no marker says so again.
func (s *source) goesOn() {
	if s.paused {
		s.vanished = s.vanished || !s.recorded && s.target.missed(s.pausedAt)
		s.paused, s.pausedAt = false, 0
	}
	if h := s.histogram; h != nil && h.pausedAt != 0 {
		h.vanished = h.vanished || !h.recorded && h.target.missed(h.pausedAt)
		h.pausedAt = 0
	}
}

// end says that a series has ended, and whether it did so alone: its target was scraped.
func (d *Derivation) end(s *source, t int64) {
	scraped := !s.recorded && d.scrapeOf(s.target, t)
	alone := scraped && s.target.current.up
	s.vanished = s.vanished || alone
	if scraped && !alone {
		s.paused, s.pausedAt = true, t
	}
	if s.histogram != nil {
		s.histogram.vanished, s.histogram.pausedAt = s.histogram.vanished || alone, max(s.histogram.pausedAt, s.pausedAt)
		d.endStream(s.histogram.stream, s.histogram.key, alone)
	}
	for _, st := range s.streams {
		d.endStream(st, s.key, alone)
	}
}

// endStream says that a stream's owner has ended. What is held back is settled where the
// series begins anew if it comes back.
func (d *Derivation) endStream(st *stream, owner key, alone bool) {
	if st == nil || st.owner != owner {
		return
	}
	st.ended = true
	if alone {
		d.release(st)
	}
}

// finishRecord closes what a record completes.
func (d *Derivation) finishRecord() {
	for i := 0; i < len(d.closing); i++ {
		d.close(d.closing[i])
	}
	d.closing = d.closing[:0]
	d.closeOverdue()
	d.emitGroups()
	d.sweep()
}

// Finish says that the log has ended for good: histograms that are open are closed, sums
// across targets do not wait for their minute, and points that are held back are settled.
func (d *Derivation) Finish() {
	for len(d.open) > 0 {
		d.closeFirst()
	}
	for _, g := range d.sortedGroups() {
		if g.samples > 0 {
			d.emitGroup(g, d.now)
		}
	}
	for _, st := range slices.SortedFunc(maps.Values(d.streams), byIdentity) {
		d.release(st)
	}
}

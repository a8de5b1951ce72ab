package exporter

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// quietPolls is how often in a row the log must hold no more before --once ends: then a
// record that is not complete has been given up, too (wal.Reader.Next).
const quietPolls = 3

// lookInterval is how often, at most, the reader notes where it is and saves what is due.
const lookInterval = 100 * time.Millisecond

// read reads the log until the context ends.
func (e *Exporter) read(ctx context.Context) error {
	quiet := 0
	for ctx.Err() == nil {
		e.between()
		if e.saver.holding() {
			e.rest(ctx)
			e.progress.goOn()
			continue
		}
		rec, err := e.reader.Next()
		if err == nil {
			quiet = 0
			e.progress.more()
			if err := e.apply(ctx, rec); err != nil {
				return e.ended(ctx, err)
			}
			continue
		}
		if !errors.Is(err, io.EOF) {
			e.progress.cannotRead(e.log, err)
		} else if quiet++; e.options.Once && quiet >= quietPolls {
			return e.finish(ctx)
		} else if !e.reader.Waiting() {
			e.progress.caughtUp()
		}
		e.reader.Poll()
		e.saver.endOfLog()
		if !e.options.Once {
			e.rest(ctx)
		}
	}
	return nil
}

// ended makes no error of an end that somebody asked for.
func (e *Exporter) ended(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// finish ends --once: what is still open is closed, and all points are sent.
func (e *Exporter) finish(ctx context.Context) error {
	e.derivation.Finish()
	e.summarize()
	if e.failed != nil {
		return e.ended(ctx, e.failed)
	}
	return e.ended(ctx, e.sink.Drain(ctx))
}

// summarize logs what --once has found.
func (e *Exporter) summarize() {
	counts, samples := e.derivation.Counts(), e.progress.total()
	if samples == 0 {
		e.log.Warn("The log holds no samples: is --prometheus.wal-directory right?", "directory", e.options.WAL)
		return
	}
	e.log.Info("The log has been read", "samples", samples, "selected", counts.Selected, "exported", counts.Emitted)
}

// rest waits until the log may hold more, or something else is to be done.
func (e *Exporter) rest(ctx context.Context) {
	e.sink.Idle()
	timer := e.options.Clock.NewTimer(pollInterval)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C():
	case <-e.wakeups:
	}
}

// between does what must not be done in the middle of a record.
func (e *Exporter) between() {
	if e.look() {
		for _, identity := range e.reanchors.due(e.looked) {
			e.reanchor(identity)
		}
	}
	for {
		select {
		case command := <-e.commands:
			command()
		default:
			return
		}
	}
}

// look notes where everything is, and saves what is due. Nothing of a record is applied by
// half then, and each point that was derived is in the ledger. It does so only if the last
// time is lookInterval ago, and reports whether it did.
func (e *Exporter) look() bool {
	now := e.options.Clock.Now()
	if now.Sub(e.looked) < lookInterval {
		return false
	}
	e.looked = now
	tally, underWay := e.ledger.totals()
	e.progress.at(now, e.reader.Counts(), e.derivation, tally, underWay)
	e.save()
	return true
}

// apply gives a record to the derivation, and waits for Prometheus' API where it must.
func (e *Exporter) apply(ctx context.Context, rec wal.Record) error {
	switch {
	case rec.Again:
		e.derivation.ForgetReferences()
		e.lost("truncated")
	case rec.Lost:
		e.lost("damaged")
	}
	give, err := e.decode(rec)
	if err != nil {
		// The checksum of its frames was right: another program has written it.
		e.progress.undecoded()
		e.lost("damaged")
		e.log.Warn("A record of the log cannot be decoded; its samples are lost", "kind", rec.Kind, "error", err)
		return nil
	}
	for {
		generation := e.api.generation()
		err := give()
		if err == nil || !errors.Is(err, points.ErrWait) {
			break
		}
		e.sink.Idle()
		if err := e.api.await(ctx, generation, e.look); err != nil {
			return err
		}
		e.progress.goOn()
	}
	e.progress.read(rec.End)
	e.replay(rec.End)
	return e.failed
}

// decode decodes a record; what is returned gives it to the derivation, as often as needed.
func (e *Exporter) decode(rec wal.Record) (func() error, error) {
	switch rec.Kind {
	case record.Series:
		refs, err := e.decoder.Series(rec.Data, e.series[:0])
		e.series = refs
		return func() error { e.derivation.Series(refs, rec.Checkpoint); return nil }, err
	case record.Samples:
		samples, all, err := wal.Samples(rec.Data, e.derivation.Wanted(), e.derivation.Seen(), e.samples[:0])
		e.samples = samples
		e.progress.samples(all)
		if len(samples) > 0 && !e.recent(rec, samples[0].T) {
			samples = samples[:0]
		}
		return func() error { return e.derivation.Samples(samples) }, err
	case record.HistogramSamples:
		samples, err := e.decoder.HistogramSamples(rec.Data, nil)
		if len(samples) > 0 && !e.recent(rec, samples[0].T) {
			samples = nil
		}
		return func() error { return e.derivation.Histograms(samples) }, err
	case record.FloatHistogramSamples:
		samples, err := e.decoder.FloatHistogramSamples(rec.Data, nil)
		if len(samples) > 0 && !e.recent(rec, samples[0].T) {
			samples = nil
		}
		return func() error { return e.derivation.FloatHistograms(samples) }, err
	}
	return func() error { return nil }, nil
}

// lost says that the log lost something before the next record.
func (e *Exporter) lost(why string) {
	e.derivation.Lost()
	if e.gap == "" {
		e.gap, e.gapFrom = why, e.derivation.Now()
	}
}

// sampled notes the time of a sample: it ends a gap.
func (e *Exporter) sampled(t int64) {
	if e.gap != "" && e.gapFrom > 0 && t > e.gapFrom {
		e.progress.gap(e.gap, time.Duration(t-e.gapFrom)*time.Millisecond)
	}
	if t > e.gapFrom {
		e.gap = ""
	}
}

// recent reports whether a record whose first sample is of time t is exported, and neither too
// old for an exporter that has no state nor one of Google's sidecar. A record is that of one
// scrape or rule, so that it is left out as a whole.
func (e *Exporter) recent(rec wal.Record, t int64) bool {
	if e.exportedByGoogle(rec, t) {
		return false
	}
	if t < e.oldest {
		e.progress.skipped(t)
		return false
	}
	e.sampled(t)
	e.options.Targets.Cache.Reach(time.UnixMilli(t))
	e.startOnce.Do(func() { e.log.Info("The first samples are exported", "time", time.UnixMilli(t).UTC()) })
	return true
}

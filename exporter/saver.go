package exporter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/state"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// lastDrain is how long the last points may take to be settled when somebody ends the
// exporter. What is not settled then is derived again.
const lastDrain = 8 * time.Second

// Saved is what a state holds besides the position of the log and, in its body, what the
// derivation knows (encodePoints).
type Saved struct {
	Tally Tally
}

// A saver saves how far everything has come. It belongs to the goroutine that reads, but for
// what is shown.
type saver struct {
	file *state.File[Saved]
	path string
	// ranBefore says that another process has saved something.
	ranBefore bool
	// pending is a copy that is not written yet, because points before it are not settled.
	pending *pendingCopy
	// holds says that nothing more is read until that copy is written, or cannot be.
	holds bool
	// reanchored are the new anchors since the last copy, each with its place.
	reanchored []state.Reanchored
	// appended is how many of them the journal has.
	appended   int
	lastCopy   time.Time
	lastAppend time.Time
	// targets is which targets were saved last (targets.Cache.Known), and when.
	targets   uint64
	targetsAt time.Time
	// caughtUp says that the log has been read to its end once.
	caughtUp bool

	mu    sync.Mutex
	saved time.Time
	err   error
}

// A pendingCopy is a copy of everything at a position, and the epoch that ended there.
type pendingCopy struct {
	epoch      uint64
	copied     *state.Copy[Saved]
	reanchored int
}

func newSaver(path string) *saver {
	if path == "" {
		return nil
	}
	return &saver{file: state.New[Saved](path), path: path}
}

// restore goes on where an earlier process has saved, and reports whether there was one.
// Another configuration than that process had may make points of what it held back.
func (e *Exporter) restore() bool {
	if e.saver == nil {
		return false
	}
	e.restoreTargets()
	loaded, err := e.saver.file.Load()
	if err != nil {
		e.log.Warn("The saved state cannot be used; going on without one", "error", err)
	}
	if loaded == nil {
		return false
	}
	e.sink.Restore(loaded.Journal.Acknowledged)
	reconfigured, err := decodePoints(e.derivation, loaded.Body)
	if err != nil {
		e.log.Warn("The saved state cannot be used; going on without one", "error", err)
		e.derivation = e.newDerivation(e.reload.inUse)
		return false
	}
	e.ledger.restore(loaded.Snapshot.Tally)
	for _, r := range loaded.Journal.Reanchored {
		e.replayed[r.At] = append(e.replayed[r.At], r.Identity)
	}
	e.saver.reanchored, e.saver.appended = loaded.Journal.Reanchored, len(loaded.Journal.Reanchored)
	recognised, err := e.reader.Resume(loaded.Position)
	if err != nil || !recognised {
		e.log.Warn("The saved position is not in this log; it is read from its beginning", "position", loaded.Position, "error", err)
	}
	e.reconfigured = recognised && reconfigured
	e.progress.read(loaded.Position)
	e.replay(loaded.Position)
	return true
}

// replay does again what was done at this place of the log by an earlier process.
func (e *Exporter) replay(at wal.Position) {
	if len(e.replayed) == 0 {
		return
	}
	for _, identity := range e.replayed[at] {
		e.derivation.Reanchor(identity)
	}
	delete(e.replayed, at)
}

// reanchor gives a series a new start with its next sample, at this place of the log.
func (e *Exporter) reanchor(identity series.Identity) {
	e.derivation.Reanchor(identity)
	if e.saver != nil {
		e.saver.reanchored = append(e.saver.reanchored, state.Reanchored{Identity: identity, At: e.progress.end()})
	}
}

// save saves what is due. Errors are shown, and saving is tried again.
func (e *Exporter) save() {
	if e.saver == nil {
		return
	}
	now := e.options.Clock.Now()
	s := e.saver
	e.saveTargets(now)
	if s.pending == nil && !e.progress.end().IsZero() && s.due(now) {
		e.barrier(now)
	}
	if s.pending != nil && e.write(now) {
		return
	}
	if now.Sub(s.lastAppend) >= state.AppendEvery {
		e.appendJournal(now)
	}
}

// due reports whether a copy should be made: when the log has been read to its end for the
// first time, so that an exporter that does not live long gets on, and from time to time.
func (s *saver) due(now time.Time) bool {
	switch {
	case s.lastCopy.IsZero():
		return s.caughtUp
	case s.file.Due(now):
		return now.Sub(s.lastCopy) >= state.AppendEvery
	}
	return now.Sub(s.lastCopy) >= state.SaveEvery
}

// holding reports whether nothing more is to be read for now.
func (s *saver) holding() bool { return s != nil && s.holds }

// endOfLog says that the log holds no more for now.
func (s *saver) endOfLog() {
	if s != nil {
		s.caughtUp = true
	}
}

// barrier copies everything at this position. It is written when each point before it is
// settled.
func (e *Exporter) barrier(now time.Time) {
	s := e.saver
	s.lastCopy, s.pending = now, nil
	encoded, err := encodePoints(e.derivation)
	if err != nil {
		e.note(err, now)
		return
	}
	s.pending = &pendingCopy{
		epoch:      e.ledger.turn(),
		copied:     &state.Copy[Saved]{Position: e.progress.end(), Body: encoded},
		reanchored: len(s.reanchored),
	}
}

// write writes the copy that is pending, if all before it is settled, and reports whether it
// is done with.
func (e *Exporter) write(now time.Time) bool {
	s := e.saver
	tally, settled := e.ledger.closeUpTo(s.pending.epoch)
	if !settled {
		return false
	}
	c := s.pending.copied
	c.Snapshot.Tally = tally
	c.Journal = state.Journal{Acknowledged: e.sink.Acknowledged(false), Reanchored: s.reanchored[s.pending.reanchored:]}
	_, err := s.file.Save(c, now)
	e.note(err, now)
	if err == nil {
		s.reanchored = s.reanchored[s.pending.reanchored:]
		s.appended = len(s.reanchored)
	}
	s.pending, s.holds, s.lastAppend = nil, false, now
	return true
}

// appendJournal appends what has been acknowledged since the last time.
func (e *Exporter) appendJournal(now time.Time) {
	s := e.saver
	s.lastAppend = now
	journal := state.Journal{Acknowledged: e.sink.Acknowledged(true), Reanchored: s.reanchored[s.appended:]}
	written, err := s.file.Append(journal)
	if written {
		s.appended = len(s.reanchored)
	}
	if err != nil || written {
		e.note(err, now)
	}
}

// note takes down whether saving works, and logs the first failure.
func (e *Exporter) note(err error, now time.Time) {
	s := e.saver
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.saved = now
	} else if s.err == nil {
		e.log.Warn("The state cannot be saved; a restart would lose increments", "error", err)
	}
	s.err = err
}

// end settles and saves what there is before the exporter ends.
func (e *Exporter) end(ctx context.Context) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go func() {
		select {
		case <-ctx.Done():
		case <-e.options.Clock.After(lastDrain):
			stop()
		}
	}()
	s := e.saver
	// In the middle of a record, the position is no place to go on from: the last copy is.
	whole := s != nil && e.failed == nil && !e.progress.end().IsZero()
	if s != nil {
		s.pending = nil
	}
	if whole {
		e.barrier(e.options.Clock.Now())
	}
	err := e.sink.Drain(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if s == nil {
		return err
	}
	if now := e.options.Clock.Now(); s.pending == nil || !e.write(now) {
		e.appendJournal(now)
	}
	s.file.Close()
	return err
}

// report says when the state was saved last.
func (s *saver) report(r *status.Report) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.State = status.State{File: s.path, Saved: s.saved}
	if s.err != nil {
		r.State.Error = s.err.Error()
	}
}

// readConfiguration reads the configuration file, or, where that is not valid, the last one
// that was.
func readConfiguration(options Options, s *saver) (*file, error) {
	read, err := readFile(options.ConfigFile)
	if err == nil || s == nil {
		return read, err
	}
	text, lastErr := s.file.LoadCompanion(state.Configuration)
	if text == nil || lastErr != nil {
		return nil, err
	}
	last, lastErr := parseFile(text)
	if lastErr != nil {
		return nil, errors.Join(err, fmt.Errorf("the last configuration that worked: %w", lastErr))
	}
	options.Log.Error("The configuration file is not valid; the last one that was is in use", "file", options.ConfigFile, "error", err)
	last.rejected = err
	return last, nil
}

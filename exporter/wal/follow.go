package wal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// patientPolls is for how many polls the reader waits for what somebody may still be writing.
const patientPolls = 2

// reason is why the reader waits.
type reason int

const (
	_ reason = iota
	incomplete
	cannotRead
	gap
	replaced
)

// patience counts the polls for which the reader has waited for the same thing.
type patience struct {
	polls, since int
	waiting      waiting
	pending      bool // it is not enough yet
}

type waiting struct {
	reason       reason
	at           place
	offset, size int64
}

// enough says whether the reader has waited long enough; any progress begins the waiting anew.
func (r *Reader) enough(why reason) bool {
	now := waiting{reason: why, at: r.at, offset: r.segment.offset}
	if size, err := r.segment.size(); err == nil {
		now.size = size
	}
	if now != r.patience.waiting {
		r.patience.waiting, r.patience.since = now, r.patience.polls
	}
	r.patience.pending = r.patience.polls-r.patience.since < patientPolls
	return !r.patience.pending
}

// endOfFile decides what to do where the file that is open has no further frame: read it
// again, which is no error, go on in the next file, or wait, which is io.EOF.
func (r *Reader) endOfFile(found state) error {
	dir, err := list(r.dir)
	if err != nil {
		return err
	}
	unfinished := found != ended || r.pieces.open
	if r.at.checkpoint != "" {
		// A checkpoint is complete when it gets its name.
		if unfinished {
			r.giveUp(found)
			return nil
		}
		return r.nextOfCheckpoint(dir)
	}
	if done, err := r.followReplaced(dir, unfinished); done {
		return err
	}
	_, newer := dir.after(r.at.segment)
	if newer && !r.sealed {
		// Nothing is appended any more; what was, after the end was seen and before the
		// next segment was made, is still to be read.
		r.sealed = true
		return nil
	}
	if unfinished && (newer || found == damaged) {
		if !r.enough(incomplete) {
			r.segment.forget()
			return io.EOF
		}
		r.giveUp(found)
		return nil
	}
	return r.nextSegment(dir, r.at.segment)
}

// giveUp skips what is incomplete at the end of a file.
func (r *Reader) giveUp(found state) {
	if found == damaged {
		r.skipPage()
		return
	}
	r.counts.TornTails++
	r.segment.skipPage()
	r.lost = true
	r.pieces.drop()
}

// followReplaced looks whether the file that is open is still the one that has its name.
// Prometheus, when it starts, writes a damaged segment anew and removes those behind it. The
// reader goes on in the new file if it has read what is in front of its place there, and
// otherwise begins again. done says that the decision has been made.
func (r *Reader) followReplaced(dir directory, unfinished bool) (done bool, err error) {
	if r.isOpen(dir) {
		return false, nil
	}
	if slices.Contains(dir.repairs, r.at.segment) {
		return true, io.EOF
	}
	if !dir.has(r.at.segment) {
		_, newer := dir.after(r.at.segment)
		if newer || len(dir.segments) == 0 || dir.covers >= r.at.segment {
			return false, nil // removed, as the oldest ones are
		}
	} else if file, offset, err := r.reopen(); file != nil || err != nil {
		if err != nil {
			return true, err
		}
		r.lost = r.lost || unfinished
		r.pieces.drop()
		r.openAt(r.at, file, offset)
		return true, nil
	}
	if !r.enough(replaced) {
		return true, io.EOF
	}
	r.restart()
	return true, nil
}

// isOpen says whether the name of the segment still leads to the file that is open.
func (r *Reader) isOpen(dir directory) bool {
	named, err := os.Stat(r.at.path(r.dir))
	if err != nil {
		return dir.has(r.at.segment) // it has vanished just now, or can't be looked at
	}
	open, err := r.segment.file.Stat()
	shrunk := r.end.place() == r.at && named.Size() < r.end.Offset
	return err != nil || os.SameFile(named, open) && !shrunk
}

// reopen opens the file that has the segment's name now, at the end of the last record that
// was read, if that is there too. The file is nil if not.
func (r *Reader) reopen() (*os.File, int64, error) {
	if r.end.place() == r.at && r.end.Offset > 0 {
		file, err := openAt(r.dir, r.end)
		return file, r.end.Offset, err
	}
	file, err := os.Open(r.at.path(r.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	return file, 0, err
}

// nextOfCheckpoint goes on behind a file of a checkpoint that has been read.
func (r *Reader) nextOfCheckpoint(dir directory) error {
	if r.at.segment >= r.lastOfCheckpoint {
		covers, _ := number(strings.TrimPrefix(r.at.checkpoint, checkpointPrefix))
		return r.nextSegment(dir, covers)
	}
	files, err := list(filepath.Join(r.dir, r.at.checkpoint))
	if err != nil {
		return err
	}
	next, ok := files.after(r.at.segment)
	if !ok {
		next = r.lastOfCheckpoint + 1
	}
	if missing := next - r.at.segment - 1; missing > 0 {
		if dir.checkpoint != r.at.checkpoint {
			r.restart() // Prometheus is removing this one, because there is a newer one
			return nil
		}
		r.counts.MissingSegments += uint64(missing)
		r.lost = true
	}
	if !ok {
		r.at.segment = r.lastOfCheckpoint
		return nil
	}
	return r.openNext(place{checkpoint: r.at.checkpoint, segment: next})
}

// nextSegment goes on behind the segment n, or the checkpoint that covers it.
func (r *Reader) nextSegment(dir directory, n int) error {
	next, ok := dir.after(n)
	if ok && next == n+1 {
		return r.openNext(place{segment: next})
	}
	if dir.covers > n {
		// What comes next has been removed before it was read, and what Prometheus still
		// needs of it is in the checkpoint.
		r.restart()
		return nil
	}
	if !ok || !r.enough(gap) {
		return io.EOF
	}
	r.counts.MissingSegments += uint64(next - n - 1)
	r.lost = true
	return r.openNext(place{segment: next})
}

// openNext goes on in another file, unless that has vanished in the meantime.
func (r *Reader) openNext(next place) error {
	opened, err := r.open(next)
	if err == nil && !opened {
		return io.EOF
	}
	return err
}

// open opens a file of the log at its beginning, and says whether it is there.
func (r *Reader) open(at place) (bool, error) {
	file, err := os.Open(at.path(r.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.openAt(at, file, 0)
	return true, nil
}

func (r *Reader) openAt(at place, file *os.File, offset int64) {
	r.segment.close()
	r.segment.open(file, offset)
	r.at, r.sealed = at, false
}

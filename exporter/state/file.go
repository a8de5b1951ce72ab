package state

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	// AppendEvery is how often the journal should be appended.
	AppendEvery = 10 * time.Second
	// SaveEvery is how often a copy should be saved.
	SaveEvery = 60 * time.Second
	// maxJournal is the size from which on a copy is due earlier, in bytes.
	maxJournal = 4 << 20

	fileName = "gcm_exporter.state"
	maxFile  = maxCopy + 64*maxJournal
)

// head is the first line of a file of a version.
func head(version int) []byte { return fmt.Appendf(nil, "gcm-exporter state %d\n", version) }

// DefaultPath is where the state is without --state-file: beside the folder of the log, where
// Google's sidecar has its stackdriver_sidecar.json. That is on the same volume, so that
// the state is where its log is; Prometheus ignores the file.
func DefaultPath(log string) string { return filepath.Join(log, "..", fileName) }

// File is the file of the state, with a snapshot of type S. It is not safe for concurrent use.
type File[S any] struct {
	path string
	disk disk

	// open is the file with the path, to append to; nil if there is none, or none that can
	// be written to. Its first size bytes are whole.
	open    file
	size    int64
	journal int64
	last    [sha256.Size]byte // of the last copy, with what is in front of it
	saved   time.Time
}

// New returns the file with that path, which need not exist.
func New[S any](path string) *File[S] { return &File[S]{path: path, disk: realDisk} }

// Close closes the file.
func (f *File[S]) Close() {
	if f.open != nil {
		f.open.Close()
	}
	f.open = nil
}

// UnreadableError says that there was a file that can't be used. It is as if there were none.
type UnreadableError struct {
	// Path is that of the file, and Aside where it is now, if it could be renamed.
	Path, Aside string
	// Reason is why it can't be used.
	Reason error
}

// Error says what is wrong, and what follows from it.
func (e *UnreadableError) Error() string {
	if e.Aside == "" {
		return fmt.Sprintf("the state in %s can't be used, and not be set aside either: %v", e.Path, e.Reason)
	}
	return fmt.Sprintf("the state in %s can't be used, and is now %s: %v", e.Path, e.Aside, e.Reason)
}

// Unwrap returns the reason.
func (e *UnreadableError) Unwrap() error { return e.Reason }

// Load returns the last copy, with the journal. It is nil where there is no file, and where
// there is one that can't be used; then the error, an *UnreadableError, says why.
func (f *File[S]) Load() (*Copy[S], error) {
	f.Close()
	text, err := readBounded(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		var loaded *Copy[S]
		if loaded, err = f.parse(text); err == nil {
			f.openToAppend()
			return loaded, nil
		}
	}
	unreadable := &UnreadableError{Path: f.path, Reason: err}
	if err := os.Rename(f.path, f.path+".unreadable"); err == nil {
		unreadable.Aside = f.path + ".unreadable"
	}
	return nil, unreadable
}

// readBounded reads a file that is not too large.
func readBounded(path string) ([]byte, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	return text, err
}

// parse reads the whole file, and remembers how much of it is whole.
func (f *File[S]) parse(text []byte) (*Copy[S], error) {
	known := false
	var rest []byte
	for v := oldestVersion; v <= version && !known; v++ {
		rest, known = bytes.CutPrefix(text, head(v))
	}
	if !known {
		line, _, _ := bytes.Cut(text[:min(len(text), 40)], []byte("\n"))
		return nil, fmt.Errorf("it begins with %q; this release reads the versions %d to %d", line, oldestVersion, version)
	}
	encoded, rest, whole := cutFrame(rest, copyFrame)
	if !whole {
		return nil, errors.New("it ends in the middle, or is damaged")
	}
	loaded, err := decodeCopy[S](encoded)
	if err != nil {
		return nil, err
	}
	torn := loaded.Journal.extend(rest)
	f.last, f.size, f.journal = sha256.Sum256(text[:len(text)-len(rest)]), int64(len(text)-len(torn)), int64(len(rest)-len(torn))
	return loaded, nil
}

// openToAppend opens the file that was read. If that can't be done, the next copy says so.
func (f *File[S]) openToAppend() {
	if opened, err := os.OpenFile(f.path, os.O_RDWR, 0); err == nil {
		f.open = opened
	}
}

// Due says whether a copy should be saved: the last one is old, the journal has become long,
// or there is no file to append to.
func (f *File[S]) Due(now time.Time) bool {
	return f.open == nil || f.journal >= maxJournal || now.Sub(f.saved) >= SaveEvery
}

// Save saves a copy in the place of the last one and its journal, and says whether anything
// was written: nothing is if the copy is the same as the last and nothing was appended to it.
// After an error, the file is as it was.
func (f *File[S]) Save(c *Copy[S], now time.Time) (bool, error) {
	encoded, err := c.encode()
	if err != nil {
		return false, err
	}
	text := appendFrame(head(version), copyFrame, encoded...)
	sum := sha256.Sum256(text)
	if f.stillThere() && f.journal == 0 && sum == f.last {
		f.saved = now
		return false, nil
	}
	written, err := f.disk.replace(f.path, text)
	if err != nil {
		return false, f.cannotWrite(err)
	}
	f.Close()
	f.open, f.size, f.journal, f.last, f.saved = written, int64(len(text)), 0, sum, now
	return true, nil
}

// Append appends to the journal of the last copy, and says whether anything was written.
// Nothing is if nothing happened, or if there is no copy, which Due then says. After an
// error, the file is as it was, and the same can be appended later.
func (f *File[S]) Append(j Journal) (bool, error) {
	if j.empty() {
		return false, nil
	}
	if !f.stillThere() {
		f.Close()
		return false, nil
	}
	frame := appendFrame(nil, journalFrame, j.encode())
	if _, err := f.open.WriteAt(frame, f.size); err != nil {
		// What was written of it is no whole frame: it ends the journal, and is
		// overwritten next time.
		return false, f.cannotWrite(errors.Join(err, f.open.Truncate(f.size)))
	}
	f.size += int64(len(frame))
	f.journal += int64(len(frame))
	return true, nil
}

// stillThere says whether the file that is open still has its name.
func (f *File[S]) stillThere() bool {
	if f.open == nil {
		return false
	}
	named, err := os.Stat(f.path)
	if err != nil {
		return false
	}
	open, err := f.open.Stat()
	return err == nil && os.SameFile(named, open)
}

// cannotWrite says what to do about a file that can't be written.
func (f *File[S]) cannotWrite(err error) error {
	return fmt.Errorf("saving the state in %s: %w; let its folder be writable for the exporter and have space, or name another file with --state-file",
		f.path, err)
}

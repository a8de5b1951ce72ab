package wal

import (
	"io"
	"os"
	"path/filepath"

	"github.com/prometheus/prometheus/tsdb/record"
)

// Record is a record of the log.
type Record struct {
	// Kind is what the record holds: one of the kinds that tsdb/record knows.
	Kind record.Type
	// Data is the whole record, decompressed; its first byte is the kind. It is valid until
	// the next call of Next.
	Data []byte
	// Checkpoint says that the record is in a checkpoint. What Prometheus did not need any
	// more is missing there: series, and samples up to some time.
	Checkpoint bool
	// End is where the record ends, and where a reader resumes to read the next one.
	End Position
	// Lost says that the log lost something between the record before and this one.
	Lost bool
	// Again says that the reader went back to the oldest that the log holds before this
	// record: references are void, and records may be repeated.
	Again bool
}

// Reader reads a log from its oldest record on, and then what is appended. It is not safe for
// concurrent use.
type Reader struct {
	dir     string
	at      place // of the file that is open
	segment segment
	// sealed says that there is a newer segment, so that nothing is appended to this one.
	sealed bool
	// lastOfCheckpoint is the number of the last file in the checkpoint that is read.
	lastOfCheckpoint int
	end              Position // of the last record
	pieces           pieces
	content          []byte // the last record, decompressed

	lost, again bool // for the next record
	patience    patience
	counts      Counts
	unknown     [lastKind + 1]uint64
}

// lastKind is the highest number that is believed to be a kind of record; Prometheus 3 has used
// 14. No checksum covers the bit that says whether a record is compressed, and what looks like
// the kind of a record that is, is higher: its length, or the first byte of Zstandard's mark.
const lastKind = 31

// NewReader returns a reader of the log in dir, the folder that holds the segments. The
// folder need not exist yet.
func NewReader(dir string) *Reader { return &Reader{dir: dir} }

// Close closes the file that the reader has open.
func (r *Reader) Close() { r.segment.close() }

// Resume continues behind a position of an earlier reader, if the bytes in front of it are
// still the same, and says whether they are. If not, the next record is the oldest of the
// log, and is marked as Again and Lost. The zero Position is not recognised, and marks nothing.
// An error says why a file could not be read; the reader then begins with the oldest, too.
func (r *Reader) Resume(p Position) (bool, error) {
	r.segment.close()
	r.pieces.drop()
	if p.IsZero() {
		return false, nil
	}
	file, err := r.find(p)
	if file == nil {
		r.restart()
		return false, err
	}
	r.openAt(p.place(), file, p.Offset)
	r.end, r.lost, r.again = p, false, false
	return true, nil
}

// find opens the file that a position is in; the file is nil if the position is not there, or
// is in a checkpoint that is not the newest, of which files may be missing.
func (r *Reader) find(p Position) (*os.File, error) {
	file, err := openAt(r.dir, p)
	if file == nil || p.Checkpoint == "" {
		return file, err
	}
	files, err := list(filepath.Join(r.dir, p.Checkpoint))
	if err == nil {
		var dir directory
		if dir, err = list(r.dir); dir.checkpoint == p.Checkpoint {
			r.lastOfCheckpoint = files.last()
			return file, nil
		}
	}
	file.Close()
	return nil, err
}

// Next returns the next record. The error is io.EOF if the log holds no more now, or none that
// is complete: call Poll after a second, and then Next again. Any other error is of the file
// system; it is shown to somebody, and Next called again in the same way.
func (r *Reader) Next() (Record, error) {
	r.patience.pending = false
	for {
		if r.segment.file == nil {
			if err := r.begin(); err != nil {
				return Record{}, err
			}
		}
		f, found, err := r.segment.next()
		switch {
		case err != nil:
			if !r.enough(cannotRead) {
				return Record{}, err
			}
			r.skipPage()
		case found == frameRead:
			if rec, ok := r.take(f); ok {
				return rec, nil
			}
		case found == damaged && !r.segment.inLastPage():
			r.skipPage()
		default:
			if err := r.endOfFile(found); err != nil {
				return Record{}, err
			}
		}
	}
}

// Waiting says whether the last call of Next returned an error although there is more to read:
// behind something incomplete, which is skipped after the next polls. Without it, there is
// nothing more unless somebody writes.
func (r *Reader) Waiting() bool { return r.patience.pending }

// Poll says that a second has passed since Next returned an error.
func (r *Reader) Poll() { r.patience.polls++ }

// take adds a frame to the record that it belongs to, and returns the record if it is whole
// and of a known kind.
func (r *Reader) take(f frame) (Record, bool) {
	if r.segment.hole && !r.lost {
		r.counts.DamagedPages++
		r.lost = true
	}
	content, whole, fits := r.pieces.add(f)
	if !fits {
		r.broken()
	}
	if !whole {
		return Record{}, false
	}
	r.end = Position{Checkpoint: r.at.checkpoint, Segment: r.at.segment, Offset: r.segment.offset, Checksum: f.checksum}
	if f.compression != none {
		var err error
		if content, err = decompress(f.compression, content, r.content); err != nil {
			r.broken()
			return Record{}, false
		}
		r.content = content
	}
	if len(content) == 0 {
		return Record{}, false
	}
	kind := record.Type(content[0])
	if kind > lastKind {
		r.broken()
		return Record{}, false
	}
	if kind < record.Series || kind > record.FloatHistogramSamples {
		r.unknown[kind]++
		return Record{}, false
	}
	rec := Record{
		Kind: kind, Data: content, Checkpoint: r.at.checkpoint != "", End: r.end, Lost: r.lost, Again: r.again,
	}
	r.lost, r.again = false, false
	r.counts.Records++
	r.counts.Bytes += uint64(len(content))
	return rec, true
}

// broken counts a record that cannot be put together, unless the cause is counted already.
func (r *Reader) broken() {
	if !r.lost {
		r.counts.BrokenRecords++
	}
	r.lost = true
}

// skipPage gives up what is left of a page.
func (r *Reader) skipPage() {
	r.counts.DamagedPages++
	r.counts.DamagedBytes += uint64(r.segment.skipPage())
	r.lost = true
	r.pieces.drop()
}

// restart makes the reader go back to the oldest that the log holds.
func (r *Reader) restart() {
	r.segment.close()
	r.pieces.drop()
	r.lost, r.again = true, true
	r.counts.Restarts++
}

// begin opens the file with which reading begins: the first one of the newest checkpoint or,
// without a checkpoint, the oldest segment.
func (r *Reader) begin() error {
	for {
		dir, err := list(r.dir)
		if err != nil {
			return err
		}
		opened, err := r.openFirst(dir)
		if err != nil {
			return err
		}
		// While Prometheus puts a checkpoint in the place of segments, a listing may have
		// neither of them.
		if again, err := list(r.dir); err != nil || again.checkpoint == dir.checkpoint {
			if !opened {
				return io.EOF
			}
			return nil
		}
		r.segment.close()
	}
}

// openFirst opens the oldest file, if there is one.
func (r *Reader) openFirst(dir directory) (bool, error) {
	if dir.checkpoint != "" {
		files, err := list(filepath.Join(r.dir, dir.checkpoint))
		if err != nil {
			return false, err
		}
		if first, ok := files.after(-1); ok {
			r.lastOfCheckpoint = files.last()
			return r.open(place{checkpoint: dir.checkpoint, segment: first})
		}
	}
	first, ok := dir.after(dir.covers)
	if !ok {
		return false, nil
	}
	return r.open(place{segment: first})
}

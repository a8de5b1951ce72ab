package wal

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Position is a place in a log: the end of a record. It can be saved, and a reader resumes
// there if the same bytes are still in front of it. Neither the time nor the inode of a file
// counts: a log that was copied to another volume goes on where it was, and so does a segment
// that Prometheus has repaired behind the position.
type Position struct {
	// Checkpoint is the name of the checkpoint's folder, such as checkpoint.00000012, or
	// empty if the segment is one of the log itself.
	Checkpoint string `json:"checkpoint,omitempty"`
	// Segment is the number of the segment.
	Segment int `json:"segment"`
	// Offset is where in the segment the record ends, in bytes; 0 only in the zero
	// Position, which is no place.
	Offset int64 `json:"offset"`
	// Checksum is that of the record's last frame, the one that ends at Offset.
	Checksum uint32 `json:"checksum"`
}

// IsZero says whether p is no place at all.
func (p Position) IsZero() bool { return p == Position{} }

// Before says whether p is in front of another place. Checkpoints are in front of all segments.
func (p Position) Before(other Position) bool {
	switch {
	case (p.Checkpoint != "") != (other.Checkpoint != ""):
		return p.Checkpoint != ""
	case p.Segment != other.Segment:
		return p.Segment < other.Segment
	}
	return p.Offset < other.Offset
}

// Reaches says whether a log has a place of a segment, or had it before it was truncated.
func Reaches(dir string, p Position) (bool, error) {
	found, err := list(dir)
	if err != nil || len(found.segments) == 0 {
		return false, err
	}
	last := found.segments[len(found.segments)-1]
	if last != p.Segment {
		return last > p.Segment, nil
	}
	info, err := os.Stat(p.place().path(dir))
	return err == nil && info.Size() >= p.Offset, err
}

// place returns the file that p is in.
func (p Position) place() place { return place{checkpoint: p.Checkpoint, segment: p.Segment} }

// recognised says whether p is in the file: whether valid frames lead from the beginning of
// the page to p, and the last of them has the checksum.
func recognised(file *os.File, p Position) (bool, error) {
	if p.Offset < frameHeader {
		return false, nil
	}
	begin := (p.Offset - 1) &^ (pageSize - 1)
	page := make([]byte, p.Offset-begin)
	if _, err := file.ReadAt(page, begin); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	for len(page) > 0 {
		f, state := parseFrame(page, pageSize)
		if state != frameRead {
			return false, nil
		}
		page = page[frameHeader+len(f.data):]
		if len(page) == 0 {
			return f.checksum == p.Checksum && (f.piece == pieceFull || f.piece == pieceLast), nil
		}
	}
	return false, nil
}

// openAt opens the segment that p is in; the file is nil if p is not there.
func openAt(dir string, p Position) (*os.File, error) {
	file, err := os.Open(p.place().path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ok, err := recognised(file, p)
	if !ok || err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

var bigEndian = binary.BigEndian

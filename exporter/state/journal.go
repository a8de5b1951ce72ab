package state

import (
	"encoding/binary"
	"errors"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// Reanchored says that a time series was anchored anew, and where in the log: in front of the
// first record behind At. The same must be done there when the log is read again.
type Reanchored struct {
	Identity series.Identity
	At       wal.Position
}

// Journal is what has happened since the last time. The last word on a time series counts.
type Journal struct {
	Acknowledged []series.Acknowledged
	Reanchored   []Reanchored
}

func (j Journal) empty() bool { return len(j.Acknowledged)+len(j.Reanchored) == 0 }

// mostAcknowledged is how long a time series with its two times is at most, mostly.
const mostAcknowledged = 32

// encode returns j as it is in the file: numbers of variable length, and names with theirs in
// front.
func (j Journal) encode() []byte {
	b := make([]byte, 0, mostAcknowledged*len(j.Acknowledged))
	b = binary.AppendUvarint(b, uint64(len(j.Acknowledged)))
	for _, a := range j.Acknowledged {
		b = append(b, a.Identity[:]...)
		b = binary.AppendVarint(b, a.End)
		b = binary.AppendVarint(b, a.Proved)
	}
	b = binary.AppendUvarint(b, uint64(len(j.Reanchored)))
	for _, r := range j.Reanchored {
		b = append(b, r.Identity[:]...)
		b = binary.AppendUvarint(b, uint64(len(r.At.Checkpoint)))
		b = append(b, r.At.Checkpoint...)
		b = binary.AppendVarint(b, int64(r.At.Segment))
		b = binary.AppendVarint(b, r.At.Offset)
		b = binary.AppendUvarint(b, uint64(r.At.Checksum))
	}
	return b
}

// extend appends to j what frames hold, and returns what is behind the last whole one: the
// exporter was killed while it wrote that.
func (j *Journal) extend(frames []byte) (torn []byte) {
	for {
		content, rest, whole := cutFrame(frames, journalFrame)
		if !whole {
			return frames
		}
		more, err := parseJournal(content)
		if err != nil {
			return frames
		}
		j.Acknowledged = append(j.Acknowledged, more.Acknowledged...)
		j.Reanchored = append(j.Reanchored, more.Reanchored...)
		frames = rest
	}
}

// parseJournal reads what encode has written.
func parseJournal(b []byte) (Journal, error) {
	var j Journal
	r := reader{b: b}
	for range r.count() {
		j.Acknowledged = append(j.Acknowledged, series.Acknowledged{Identity: r.identity(), End: r.varint(), Proved: r.varint()})
	}
	for range r.count() {
		j.Reanchored = append(j.Reanchored, Reanchored{Identity: r.identity(), At: wal.Position{
			Checkpoint: string(r.bytes(r.count())), Segment: int(r.varint()), Offset: r.varint(), Checksum: uint32(r.uvarint()),
		}})
	}
	if r.failed || len(r.b) > 0 {
		return Journal{}, errors.New("a piece of the journal is not what its checksum says")
	}
	return j, nil
}

// reader reads numbers and names; after it failed, zeros.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return make([]byte, min(n, len(series.Identity{})))
	}
	cut := r.b[:n]
	r.b = r.b[n:]
	return cut
}

func (r *reader) identity() series.Identity { return series.Identity(r.bytes(len(series.Identity{}))) }

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.bytes(r.size(n))
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.bytes(r.size(n))
	return v
}

// size is how many bytes a number has: more than there are if it is not whole.
func (r *reader) size(n int) int {
	if n <= 0 {
		return len(r.b) + 1
	}
	return n
}

// count is the number of things that follow, of at least a byte each.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	return int(n)
}

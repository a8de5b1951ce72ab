package state

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

const (
	// maxContent is how large a copy may be: a hundred times one of 20,000 series.
	maxContent = 1 << 30
	// maxCopy is how large it may be in the file.
	maxCopy = maxContent / 4
	// blockSize is how much is compressed at once.
	blockSize = 256 << 10
)

// Copy is everything that is needed to go on from a position of the log.
type Copy[S any] struct {
	// Position is where the log was read to, and Snapshot what had been derived from it by
	// then, with what was counted. encoding/gob must be able to encode it; a field that is
	// added is zero when the file of the release before is read.
	Position wal.Position
	Snapshot S
	// Body is the large part of the snapshot, if there is one. It is kept as it is, without
	// another copy in memory.
	Body []byte
	// Journal is what has happened since: when a copy is saved, all that is acknowledged by
	// then, and the new anchors behind Position; when it is loaded, with all that was
	// appended.
	Journal Journal
}

// content is a Copy as gob encodes it; the journal has an encoding of its own, which is
// smaller and quicker.
type content[S any] struct {
	Position wal.Position
	Snapshot S
	Journal  []byte
}

// encode returns a copy as it is in the file: the body with its length in front, and what is
// compressed: labels repeat.
func (c *Copy[S]) encode() ([][]byte, error) {
	var encoded bytes.Buffer
	compressor := s2.NewWriter(&encoded, s2.WriterConcurrency(1), s2.WriterBlockSize(blockSize))
	err := gob.NewEncoder(compressor).Encode(content[S]{c.Position, c.Snapshot, c.Journal.encode()})
	if err == nil {
		err = compressor.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("encoding the state: %w", err)
	}
	if size := encoded.Len() + len(c.Body); size > maxCopy {
		return nil, fmt.Errorf("the state has %d bytes, more than %d", size, maxCopy)
	}
	return [][]byte{binary.AppendUvarint(nil, uint64(len(c.Body))), c.Body, encoded.Bytes()}, nil
}

// decodeCopy reads what encode has written.
func decodeCopy[S any](b []byte) (*Copy[S], error) {
	r := reader{b: b}
	var body []byte
	if size := r.count(); size > 0 {
		body = slices.Clip(r.bytes(size))
	}
	if r.failed {
		return nil, errors.New("it is shorter than it says")
	}
	b = r.b
	var c content[S]
	decompressor := io.LimitReader(s2.NewReader(bytes.NewReader(b), s2.ReaderMaxBlockSize(blockSize), s2.ReaderAllocBlock(1<<10)), maxContent)
	if err := gob.NewDecoder(decompressor).Decode(&c); err != nil {
		return nil, err
	}
	journal, err := parseJournal(c.Journal)
	if err != nil {
		return nil, err
	}
	return &Copy[S]{Position: c.Position, Snapshot: c.Snapshot, Body: body, Journal: journal}, nil
}

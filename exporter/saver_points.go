package exporter

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
)

const (
	// pointsBlock is how much of what the derivation knows is compressed at once.
	pointsBlock = 64 << 10
	// maxPoints is how much that may be: a hundred times that of 20,000 series.
	maxPoints = 1 << 30
)

// encodePoints returns what a derivation knows. It is compressed while it is written: in one
// piece it would be as large as the derivation itself.
func encodePoints(d *points.Derivation) ([]byte, error) {
	var encoded bytes.Buffer
	compressor := s2.NewWriter(&encoded, s2.WriterConcurrency(1), s2.WriterBlockSize(pointsBlock))
	err := d.Save(gob.NewEncoder(compressor).Encode)
	if err == nil {
		err = compressor.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("encoding what is known of the series: %w", err)
	}
	return encoded.Bytes(), nil
}

// decodePoints makes a new derivation what another one was, and reports whether that had
// another configuration.
func decodePoints(d *points.Derivation, encoded []byte) (reconfigured bool, err error) {
	decompressor := s2.NewReader(bytes.NewReader(encoded), s2.ReaderMaxBlockSize(pointsBlock), s2.ReaderAllocBlock(1<<10))
	return d.Restore(gob.NewDecoder(io.LimitReader(decompressor, maxPoints)).Decode)
}

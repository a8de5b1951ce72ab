package wal

import (
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"
	zstandard "github.com/klauspost/compress/zstd"
)

// maxRecord is how large a record may be, decompressed. Prometheus' largest are a few MB: one
// scrape, or one write into a checkpoint.
const maxRecord = 256 << 20

// decoder is shared: DecodeAll may be called at the same time by several readers.
var decoder = sync.OnceValues(func() (*zstandard.Decoder, error) {
	return zstandard.NewReader(nil, zstandard.WithDecoderConcurrency(1), zstandard.WithDecoderMaxMemory(maxRecord))
})

// decompress returns the content of a record, in the memory of into if that suffices.
func decompress(c compression, data, into []byte) ([]byte, error) {
	switch {
	case len(data) == 0:
		return data, nil
	case c == snappy:
		size, err := s2.DecodedLen(data)
		if err != nil {
			return into, err
		}
		if size > maxRecord {
			return into, fmt.Errorf("a record of %d bytes, more than %d", size, maxRecord)
		}
		content, err := s2.Decode(into[:cap(into)], data)
		if err != nil {
			return into, err
		}
		return content, nil
	case c == zstd:
		d, err := decoder()
		if err != nil {
			return into, err
		}
		content, err := d.DecodeAll(data, into[:0])
		if err != nil {
			return into, err
		}
		return content, nil
	}
	return into, errors.New("an unknown compression")
}

package wal

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
)

// Samples appends those samples of a record of kind record.Samples to into whose series are
// wanted, or were never seen: nobody can say whether they are. It says how many samples the
// record holds altogether. It reads what the decoder of tsdb/record reads, and fails where
// that fails: then nothing is appended, and the number is how many could be read.
//
// The record holds the reference and the time of its first sample, then for each sample how
// far its reference and time are from those, and its value.
func Samples(data []byte, wanted, seen *Set, into []record.RefSample) ([]record.RefSample, int, error) {
	if len(data) == 0 || record.Type(data[0]) != record.Samples {
		return into, 0, fmt.Errorf("not a record of samples")
	}
	b := data[1:]
	if len(b) == 0 {
		return into, 0, nil
	}
	if len(b) < 16 {
		return into, 0, fmt.Errorf("a record of samples of %d bytes, too short", len(data))
	}
	firstRef, firstTime := int64(bigEndian.Uint64(b)), int64(bigEndian.Uint64(b[8:]))
	b = b[16:]
	before, n := len(into), 0
	for len(b) > 0 {
		ref, refSize := varint(b)
		if refSize <= 0 {
			break
		}
		time, timeSize := varint(b[refSize:])
		if timeSize <= 0 || len(b) < refSize+timeSize+8 {
			break
		}
		value := refSize + timeSize
		if series := chunks.HeadSeriesRef(firstRef + ref); wanted.Has(series) || !seen.Has(series) {
			into = append(into, record.RefSample{
				Ref: series, T: firstTime + time, V: math.Float64frombits(bigEndian.Uint64(b[value:])),
			})
		}
		b = b[value+8:]
		n++
	}
	if len(b) > 0 {
		return into[:before], n, fmt.Errorf("a record of samples that is damaged after %d of them", n)
	}
	return into, n, nil
}

// varint is binary.Varint, and quick for numbers of one and two bytes.
func varint(b []byte) (int64, int) {
	if len(b) > 1 {
		u := uint64(b[0])
		if u < 0x80 {
			return unzigzag(u), 1
		}
		if next := uint64(b[1]); next < 0x80 {
			return unzigzag(u&0x7f | next<<7), 2
		}
	}
	return binary.Varint(b)
}

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

package wal

import (
	"iter"
	"maps"
	"math/bits"
	"slices"

	"github.com/prometheus/prometheus/tsdb/chunks"
)

const (
	blockBits = 1 << 15 // how many references a block is for
	maxBlocks = 1 << 20 // what is above these, which Prometheus never reaches, is in a map
)

// Set is a set of references to series: a bit each, in blocks of 4 KiB of which only those
// with a member take memory. The zero Set is empty. It is not safe for concurrent use.
type Set struct {
	blocks []*[blockBits / 64]uint64
	above  map[chunks.HeadSeriesRef]struct{}
}

// Has says whether ref is in s; a nil Set is empty.
func (s *Set) Has(ref chunks.HeadSeriesRef) bool {
	if s == nil {
		return false
	}
	block := uint64(ref) / blockBits
	if block < uint64(len(s.blocks)) {
		words := s.blocks[block]
		return words != nil && words[ref%blockBits/64]>>(ref%64)&1 != 0
	}
	_, has := s.above[ref]
	return has
}

// Add puts ref into s.
func (s *Set) Add(ref chunks.HeadSeriesRef) {
	block := uint64(ref) / blockBits
	if block >= maxBlocks {
		if s.above == nil {
			s.above = map[chunks.HeadSeriesRef]struct{}{}
		}
		s.above[ref] = struct{}{}
		return
	}
	for uint64(len(s.blocks)) <= block {
		s.blocks = append(s.blocks, nil)
	}
	if s.blocks[block] == nil {
		s.blocks[block] = new([blockBits / 64]uint64)
	}
	s.blocks[block][ref%blockBits/64] |= 1 << (ref % 64)
}

// Remove takes ref out of s.
func (s *Set) Remove(ref chunks.HeadSeriesRef) {
	block := uint64(ref) / blockBits
	if block < uint64(len(s.blocks)) && s.blocks[block] != nil {
		s.blocks[block][ref%blockBits/64] &^= 1 << (ref % 64)
	}
	delete(s.above, ref)
}

// All returns the members of s, by number.
func (s *Set) All() iter.Seq[chunks.HeadSeriesRef] {
	return func(yield func(chunks.HeadSeriesRef) bool) {
		for block, words := range s.blocks {
			for word := 0; words != nil && word < len(words); word++ {
				for left := words[word]; left != 0; left &= left - 1 {
					if !yield(chunks.HeadSeriesRef(block*blockBits + word*64 + bits.TrailingZeros64(left))) {
						return
					}
				}
			}
		}
		for _, ref := range slices.Sorted(maps.Keys(s.above)) {
			if !yield(ref) {
				return
			}
		}
	}
}

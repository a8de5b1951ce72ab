package wal

import "github.com/prometheus/prometheus/tsdb/chunks"

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

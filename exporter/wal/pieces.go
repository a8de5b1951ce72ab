package wal

// pieces puts the frames of a record together.
type pieces struct {
	data        []byte
	compression compression
	open        bool // a first piece has been added, and not yet the last
}

// add returns the content of the record, still compressed, if the frame completes it. fits is
// false if the frame does not belong behind the one before; what cannot be completed is dropped.
func (p *pieces) add(f frame) (content []byte, whole, fits bool) {
	switch f.piece {
	case pieceFull:
		fits = !p.open
		p.open = false
		return f.data, true, fits
	case pieceFirst:
		fits = !p.open
		p.data, p.compression, p.open = append(p.data[:0], f.data...), f.compression, true
		return nil, false, fits
	default:
		if !p.open || f.compression != p.compression {
			p.open = false
			return nil, false, false
		}
		p.data = append(p.data, f.data...)
		p.open = f.piece != pieceLast
		return p.data, !p.open, true
	}
}

// drop forgets a record that will not be completed.
func (p *pieces) drop() { p.open = false }

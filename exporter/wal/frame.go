package wal

import "hash/crc32"

const (
	pageSize    = 32 << 10
	frameHeader = 7 // a byte that says what it is, two for the length, four for the checksum
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// piece says which part of a record a frame holds.
type piece byte

const (
	padding piece = iota // no frame: the rest of the page is zero
	pieceFull
	pieceFirst
	pieceMiddle
	pieceLast
)

// compression says how a record is compressed, all of its pieces in the same way.
type compression byte

const (
	none   compression = 0
	snappy compression = 1 << 3
	zstd   compression = 1 << 4

	pieceBits = 1<<3 - 1
)

// frame is a record or a piece of one, with a header and a checksum of its own.
type frame struct {
	piece       piece
	compression compression
	checksum    uint32
	data        []byte
}

// state is what was found where a frame should be.
type state int

const (
	// frameRead: a valid frame.
	frameRead state = iota
	// ended: the file ends here, between two frames or within padding.
	ended
	// torn: the file ends within a frame.
	torn
	// damaged: what is here is neither a frame nor padding.
	damaged
	// padded: the rest of the page is zero, as far as it is there.
	padded
)

// parseFrame reads the frame at the beginning of b, which reaches as far as the page does or
// as the file, whichever ends first. The rest of the page, from b on, has room bytes.
func parseFrame(b []byte, room int) (frame, state) {
	f, found := parseHeader(b, room)
	if found == frameRead && crc32.Checksum(f.data, castagnoli) != f.checksum {
		found = damaged
	}
	// A frame has at least two bytes that are not zero. Padding is padding in spite of one.
	if found == padded || found == damaged && len(b) == room {
		found = damaged
		if nonZero(b) < 2 {
			found = padded
		}
	}
	if found != frameRead {
		return frame{}, found
	}
	return f, frameRead
}

// parseHeader does so without looking at the checksum, or at what is behind a zero.
func parseHeader(b []byte, room int) (frame, state) {
	if len(b) == 0 {
		return frame{}, ended
	}
	kind := b[0]
	if kind == 0 {
		return frame{}, padded
	}
	f := frame{piece: piece(kind & pieceBits), compression: compression(kind &^ pieceBits)}
	if f.piece == padding || f.piece > pieceLast || f.compression != none && f.compression != snappy && f.compression != zstd {
		return frame{}, damaged
	}
	if len(b) < frameHeader {
		return frame{}, torn
	}
	length := int(bigEndian.Uint16(b[1:]))
	if frameHeader+length > room {
		return frame{}, damaged
	}
	if len(b) < frameHeader+length {
		return frame{}, torn
	}
	f.data = b[frameHeader : frameHeader+length : frameHeader+length]
	f.checksum = bigEndian.Uint32(b[3:])
	return f, frameRead
}

// nonZero counts the bytes of b that are not zero, up to two.
func nonZero(b []byte) int {
	n := 0
	for _, c := range b {
		if c != 0 {
			if n++; n == 2 {
				break
			}
		}
	}
	return n
}

package state

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

const (
	version = 1
	// oldestVersion is the oldest one that is read: that of the release before.
	oldestVersion = 1
)

// kind says what a frame holds.
type kind byte

const (
	copyFrame    kind = 1
	journalFrame kind = 2
)

// frameHeader is the length of a frame's head: its kind, its length, and a checksum of both
// and of what follows.
const frameHeader = 1 + 4 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a frame to b, with a content in pieces.
func appendFrame(b []byte, k kind, content ...[]byte) []byte {
	size := 0
	for _, piece := range content {
		size += len(piece)
	}
	head := append(make([]byte, 0, frameHeader), byte(k))
	head = binary.BigEndian.AppendUint32(head, uint32(size))
	sum := crc32.Checksum(head, castagnoli)
	for _, piece := range content {
		sum = crc32.Update(sum, castagnoli, piece)
	}
	b = append(slices.Grow(b, frameHeader+size), head...)
	b = binary.BigEndian.AppendUint32(b, sum)
	for _, piece := range content {
		b = append(b, piece...)
	}
	return b
}

// cutFrame returns the content of the frame at the beginning of b, and what follows. whole is
// false if there is none of that kind, or not all of it.
func cutFrame(b []byte, want kind) (content, rest []byte, whole bool) {
	if len(b) < frameHeader {
		return nil, b, false
	}
	length := uint64(binary.BigEndian.Uint32(b[1:]))
	if length > uint64(len(b)-frameHeader) {
		return nil, b, false
	}
	end := frameHeader + int(length)
	content = b[frameHeader:end]
	sum := crc32.Update(crc32.Checksum(b[:5], castagnoli), castagnoli, content)
	if sum != binary.BigEndian.Uint32(b[5:]) || kind(b[0]) != want {
		return nil, b, false
	}
	return content, b[end:], true
}

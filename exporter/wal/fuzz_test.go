package wal

import (
	"hash/crc32"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/tsdb/record"
)

// FuzzSamples compares the decoder of samples with that of tsdb/record.
func FuzzSamples(f *testing.F) {
	var enc record.Encoder
	f.Add(enc.Samples([]record.RefSample{{Ref: 1, T: 1000, V: 1}, {Ref: 100, T: 999, V: math.NaN()}, {Ref: 1 << 40, T: -5}}, nil), uint8(3))
	f.Add(enc.Samples(nil, nil), uint8(0))
	f.Add(slices.Concat([]byte{2}, make([]byte, 16), slices.Repeat([]byte{0x80}, 9), []byte{2, 0}, make([]byte, 8)), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, every uint8) {
		want, failure := new(record.Decoder).Samples(data, nil)
		var wanted, seen Set
		for i, s := range want {
			if i%3 != 2 {
				seen.Add(s.Ref)
			}
			if every > 0 && i%int(every) == 0 {
				wanted.Add(s.Ref)
			}
		}
		n := len(want)
		want = slices.DeleteFunc(want, func(s record.RefSample) bool { return !wanted.Has(s.Ref) && seen.Has(s.Ref) })
		got, all, err := Samples(data, &wanted, &seen, nil)
		if (err == nil) != (failure == nil) {
			t.Fatalf("%v, and Prometheus says %v", err, failure)
		}
		if err == nil && all != n {
			t.Errorf("%d samples, and Prometheus finds %d", all, n)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Error("samples (-Prometheus +ours):\n", diff)
		}
	})
}

// FuzzReader reads segments of any frames: their checksums are right, but neither what they
// say of themselves nor their order. With seal false, it reads the bytes as they are.
func FuzzReader(f *testing.F) {
	f.Add([]byte{1, 3, 2, 2, 2, 2, 2, 9, 9, 4, 1, 7, 0, 0, 9, 3, 3, 8, 1}, true, uint16(0))
	f.Add([]byte{10, 2, 5, 16, 12, 1, 42}, true, uint16(7))
	f.Add(slices.Concat(appendFrame(nil, 1, []byte{2}), appendFrame(nil, 2, []byte{1, 2, 3}), make([]byte, 40)), false, uint16(20))
	f.Fuzz(func(t *testing.T, data []byte, seal bool, cut uint16) {
		content := data
		if seal {
			content = frames(data)
		}
		dir := t.TempDir()
		mustWrite(t, place{segment: 0}.path(dir), content)
		mustWrite(t, place{segment: 1}.path(dir), content[:min(len(content), int(cut))])
		mustWrite(t, place{segment: 2}.path(dir), appendFrame(nil, 1, []byte{2}))
		r := read(t, dir)
		all := readAll(t, r)
		if len(all) == 0 || all[len(all)-1].End.Segment != 2 {
			t.Fatal("the last segment was not read")
		}
		for _, i := range []int{0, len(all) / 2, len(all) - 1} {
			if ok, err := r.Resume(all[i].End); !ok || err != nil {
				// What is in front of it in its page may be damaged.
				if r.Counts().DamagedPages == 0 {
					t.Errorf("the end of record %d at %+v is not recognised: %v", i, all[i].End, err)
				}
				continue
			}
			sameRecords(t, "rest", contents(readAll(t, r)), contents(all[i+1:]))
		}
	})
}

// frames reads data as frames: what a frame is, its length and its content.
func frames(data []byte) []byte {
	var content []byte
	for len(data) > 2 {
		kind, length := data[0], int(data[1])*int(data[1])
		data = data[2:]
		length = min(length, len(data))
		for room := pageSize - len(content)%pageSize; room < frameHeader+length; room = pageSize {
			content = append(content, make([]byte, room)...)
		}
		content = appendFrame(content, kind, data[:length])
		data = data[length:]
	}
	return content
}

func appendFrame(content []byte, kind byte, data []byte) []byte {
	content = append(content, kind)
	content = bigEndian.AppendUint16(content, uint16(len(data)))
	content = bigEndian.AppendUint32(content, crc32.Checksum(data, castagnoli))
	return append(content, data...)
}

// FuzzDamage writes any records with Prometheus' own writer, changes a byte, and compares what
// is read with what was written.
func FuzzDamage(f *testing.F) {
	f.Add([]byte{5, 2, 1, 1, 1, 1, 3, 1, 9, 9, 200, 4, 0}, uint8(1), uint32(9), uint8(255))
	f.Add(slices.Repeat([]byte{255, 2}, 300), uint8(2), uint32(70_000), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, compression uint8, at uint32, bits uint8) {
		dir := t.TempDir()
		writeLog(t, dir, compressions[int(compression)%len(compressions)], cutRecords(data)...)
		whole := readAll(t, read(t, dir))
		pages := touched(whole)
		path := segmentFiles(t, dir)[0]
		content := mustRead(t, path)
		if len(content) == 0 {
			t.Skip("an empty log")
		}
		place := int(at) % len(content)
		flipByte(t, path, content, place, bits)
		r := read(t, dir)
		compare(t, "damaged", readAll(t, r), whole, func(i int) bool { return slices.Contains(pages[i], page{0, int64(place / pageSize)}) })
	})
}

// cutRecords cuts data into records of the kinds that are known, each with its length in front.
func cutRecords(data []byte) [][]byte {
	var all [][]byte
	for len(data) > 1 {
		length := 1 + min(1+int(data[0])*int(data[0]), len(data)-1)
		content := slices.Repeat(data[1:length], 1+int(data[0])/64*7)
		content[0] = 1 + content[0]%8
		all = append(all, content)
		data = data[length:]
	}
	return all
}

package wal

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// page is a page of a segment.
type page struct {
	segment int
	number  int64
}

// touched returns the pages that each record of a log is in, from the end of the one before.
func touched(all []got) [][]page {
	pages := make([][]page, len(all))
	segment, begin := -1, int64(0)
	for i, g := range all {
		if g.End.Segment != segment {
			segment, begin = g.End.Segment, 0
		}
		for number := begin / pageSize; number <= (g.End.Offset-1)/pageSize; number++ {
			pages[i] = append(pages[i], page{segment, number})
		}
		begin = g.End.Offset
		if pageEnd(begin)-begin < frameHeader {
			begin = pageEnd(begin)
		}
	}
	return pages
}

// compare fails where a reader of a damaged log returns anything but the records of the whole
// log without some that may be lost, or Lost anywhere but behind those.
func compare(t *testing.T, what string, read, whole []got, mayBeLost func(i int) bool) {
	t.Helper()
	i, first := 0, true
	for _, g := range read {
		gap := false
		for i < len(whole) && (whole[i].End != g.End || whole[i].content != g.content) {
			if !mayBeLost(i) {
				t.Fatalf("%s: record %d is lost", what, i)
			}
			gap = true
			i++
		}
		if i == len(whole) {
			t.Fatalf("%s: a record that was not written, or comes twice", what)
		}
		// Nobody can tell what was in front of the oldest segment.
		if oldest := first && g.End.Segment > 0; g.Lost != gap && !oldest {
			t.Errorf("%s: record %d: Lost is %v", what, i, g.Lost)
		}
		first = false
		i++
	}
	for ; i < len(whole); i++ {
		if !mayBeLost(i) {
			t.Fatalf("%s: record %d is lost", what, i)
		}
	}
}

var flips = []byte{0xff, 0x01, 0x08, 0x80, 0x10}

func TestEveryThousandthByteFlipped(t *testing.T) {
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			dir := t.TempDir()
			writeLog(t, dir, compression, records(90, 10)...)
			whole := readAll(t, read(t, dir))
			pages := touched(whole)
			for segment, path := range segmentFiles(t, dir) {
				content := mustRead(t, path)
				for at := 0; at < len(content); at += 1000 {
					flipByte(t, path, content, at, flips[at/1000%len(flips)])
					r := read(t, dir)
					damaged := page{segment, int64(at / pageSize)}
					compare(t, fmt.Sprintf("byte %d of segment %d", at, segment), readAll(t, r), whole, func(i int) bool {
						return slices.Contains(pages[i], damaged)
					})
					counts := r.Counts()
					causes := counts.DamagedPages + counts.TornTails + counts.BrokenRecords
					if causes > 1 || counts.DamagedBytes > pageSize || counts.MissingSegments+counts.Restarts > 0 {
						t.Errorf("byte %d of segment %d: %+v", at, segment, counts)
					}
					if uint64(len(whole)) != counts.Records && causes != 1 {
						t.Errorf("byte %d of segment %d: a loss that was not counted: %+v", at, segment, counts)
					}
					r.Close()
				}
				mustWrite(t, path, content)
			}
		})
	}
}

// TestEveryBitOfAHeader flips each bit of the header of the first frames.
func TestEveryBitOfAHeader(t *testing.T) {
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			dir := t.TempDir()
			writeLog(t, dir, compression, records(9, 15)...)
			whole := readAll(t, read(t, dir))
			pages := touched(whole)
			path := segmentFiles(t, dir)[0]
			content := mustRead(t, path)
			for i, g := range whole[:7] {
				for at := g.End.Offset; at < g.End.Offset+frameHeader && at/pageSize == g.End.Offset/pageSize; at++ {
					for bit := range 8 {
						flipByte(t, path, content, int(at), 1<<bit)
						what := fmt.Sprintf("bit %d of byte %d behind record %d", bit, at-g.End.Offset, i)
						r := read(t, dir)
						compare(t, what, readAll(t, r), whole, func(i int) bool { return slices.Contains(pages[i], page{0, at / pageSize}) })
						r.Close()
					}
				}
			}
		})
	}
}

// flipByte writes a file with bits of one byte flipped.
func flipByte(t *testing.T, path string, content []byte, at int, bits byte) {
	t.Helper()
	content[at] ^= bits
	mustWrite(t, path, content)
	content[at] ^= bits
}

func TestSegmentsRemoved(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir, wlog.CompressionSnappy, records(400, 11)...)
	whole := readAll(t, read(t, dir))
	n := len(segmentFiles(t, dir))
	if n < 5 {
		t.Fatalf("%d segments, too few for this test", n)
	}
	for first := range n {
		for count := 1; count < 3 && first+count <= n; count++ {
			damaged := copyLog(t, dir)
			for _, path := range segmentFiles(t, damaged)[first : first+count] {
				mustRemove(t, path)
			}
			r := read(t, damaged)
			all := readAll(t, r)
			compare(t, fmt.Sprintf("%d from %d", count, first), all, whole, func(i int) bool {
				return whole[i].End.Segment >= first && whole[i].End.Segment < first+count
			})
			missing := uint64(count)
			if first == 0 || first+count == n {
				missing = 0 // nobody can tell
			}
			if got := r.Counts().MissingSegments; got != missing {
				t.Errorf("%d from %d: %d are counted as missing", count, first, got)
			}
			if first > 0 && first+count < n {
				lost := 0
				for _, g := range all {
					if g.Lost {
						lost++
					}
				}
				if lost != 1 {
					t.Errorf("%d from %d: %d records are marked", count, first, lost)
				}
			}
			r.Close()
		}
	}
}

// TestTornTails cuts a segment short at many lengths. As the newest it is awaited; with a newer
// one behind it, it costs the record that is torn.
func TestTornTails(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir, wlog.CompressionSnappy, records(100, 12)...)
	whole := readAll(t, read(t, dir))
	first, second := segmentFiles(t, dir)[0], segmentFiles(t, dir)[1]
	content, newer := mustRead(t, first), mustRead(t, second)
	for length := 0; length < len(content); length += 997 {
		dir := t.TempDir()
		mustWrite(t, place{segment: 0}.path(dir), content[:length])
		r := read(t, dir)
		before := readAll(t, r)
		for _, g := range before {
			if g.Lost || g.End.Offset > int64(length) {
				t.Fatalf("cut at %d: record at %+v, Lost %v", length, g.End, g.Lost)
			}
		}
		if counts := r.Counts(); counts.TornTails+counts.DamagedPages > 0 {
			t.Fatalf("cut at %d: counted before there is a newer segment: %+v", length, counts)
		}

		mustWrite(t, place{segment: 1}.path(dir), newer)
		r.Poll()
		clean := !cuts(whole, int64(length))
		if n := len(readOn(t, r)); n > 0 != clean {
			t.Fatalf("cut at %d: %d records at once behind a tail that is clean: %v", length, n, clean)
		}
		r.Close()

		r = read(t, dir)
		all := readAll(t, r)
		compare(t, fmt.Sprintf("cut at %d", length), all, whole, func(i int) bool {
			return whole[i].End.Segment == 0 && whole[i].End.Offset > int64(length) || whole[i].End.Segment > 1
		})
		want := Counts{Records: uint64(len(all)), TornTails: 1}
		if clean {
			want.TornTails = 0
		}
		counts := r.Counts()
		counts.Bytes, counts.Unknown = 0, nil
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("cut at %d: counts (-want +got):\n%s", length, diff)
		}
		r.Close()
	}
}

// cuts says whether the end of a file of that length is within a record of segment 0.
func cuts(all []got, length int64) bool {
	begin := int64(0)
	for _, g := range all {
		if g.End.Segment == 0 && begin < length && length < g.End.Offset {
			return pageEnd(begin)-begin >= frameHeader || length > pageEnd(begin)
		}
		begin = g.End.Offset
	}
	return false
}

// TestHoles has zeros where frames should be, as after a crash of the machine.
func TestHoles(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir, wlog.CompressionSnappy, records(100, 13)...)
	whole := readAll(t, read(t, dir))
	path := segmentFiles(t, dir)[0]
	content := mustRead(t, path)
	for _, test := range []struct {
		name     string
		from, to int64
	}{
		{"a whole page", pageSize, 2 * pageSize},
		{"the first page", 0, pageSize},
		{"from a record to the end of its page", whole[2].End.Offset, pageEnd(whole[2].End.Offset)},
		{"to the end of the segment", whole[2].End.Offset, int64(len(content))},
	} {
		t.Run(test.name, func(t *testing.T) {
			with := append([]byte(nil), content...)
			clear(with[test.from:test.to])
			mustWrite(t, path, with)
			begin := int64(0)
			var within []bool
			for _, g := range whole {
				end := g.End.Offset
				within = append(within, g.End.Segment == 0 && begin < test.to && end > test.from)
				begin = end
			}
			compare(t, test.name, readAll(t, read(t, dir)), whole, func(i int) bool { return within[i] })
		})
	}
}

// TestDamageAtTheEnd has a wrong checksum where Prometheus is writing: it may be right in a
// moment.
func TestDamageAtTheEnd(t *testing.T) {
	source := t.TempDir()
	writeLog(t, source, wlog.CompressionSnappy, records(10, 14)...)
	whole := readAll(t, read(t, source))
	end := whole[4].End.Offset
	content := mustRead(t, segmentFiles(t, source)[0])[:end]
	damaged := append([]byte(nil), content...)
	damaged[end-1] ^= 1

	t.Run("repaired in time", func(t *testing.T) {
		dir := t.TempDir()
		path := place{segment: 0}.path(dir)
		mustWrite(t, path, damaged)
		r := read(t, dir)
		all := readOn(t, r)
		r.Poll()
		all = append(all, readOn(t, r)...)
		overwrite(t, path, content)
		all = append(all, readAll(t, r)...)
		compare(t, "all", all, whole[:5], func(int) bool { return false })
	})
	t.Run("not repaired", func(t *testing.T) {
		dir := t.TempDir()
		mustWrite(t, place{segment: 0}.path(dir), damaged)
		r := read(t, dir)
		compare(t, "all", readAll(t, r), whole[:4], func(int) bool { return false })
		if got := r.Counts().DamagedPages; got != 1 {
			t.Errorf("%d damaged pages, want 1", got)
		}
		if got := len(readAll(t, r)); got != 0 {
			t.Errorf("%d more records", got)
		}
	})
}

// overwrite changes a file in place.
func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
}

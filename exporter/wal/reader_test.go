package wal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

func TestEveryKindInEveryCompression(t *testing.T) {
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			dir, want := t.TempDir(), records(300, 1)
			writeLog(t, dir, compression, want...)
			if n := len(segmentFiles(t, dir)); n < 2 {
				t.Fatalf("%d segments, too few for this test", n)
			}
			r := read(t, dir)
			all := readAll(t, r)
			sameRecords(t, "all", contents(all), texts(want))
			for i, g := range all {
				if g.Lost || g.Again || g.Checkpoint {
					t.Errorf("record %d: Lost %v, Again %v, Checkpoint %v", i, g.Lost, g.Again, g.Checkpoint)
				}
			}
			var bytes uint64
			for _, rec := range want {
				bytes += uint64(len(rec))
			}
			wantCounts := Counts{Records: 300, Bytes: bytes, Unknown: map[byte]uint64{}}
			if diff := cmp.Diff(wantCounts, r.Counts()); diff != "" {
				t.Error("counts (-want +got):\n", diff)
			}
		})
	}
}

func TestResumeBehindEveryRecord(t *testing.T) {
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			dir, want := t.TempDir(), records(150, 2)
			writeLog(t, dir, compression, want[:50]...)
			checkpoint(t, dir, want[50:60], 7)
			for i, path := range segmentFiles(t, dir) {
				rename(t, path, place{segment: 8 + i}.path(dir))
			}
			writeLog(t, dir, compression, want[60:]...)
			all := readAll(t, read(t, dir))
			sameRecords(t, "all", contents(all), slices.Concat(texts(want[50:60]), texts(want[:50]), texts(want[60:])))
			for i, g := range all {
				r := read(t, dir)
				if ok, err := r.Resume(g.End); !ok || err != nil {
					t.Fatalf("record %d at %+v: %v, %v", i, g.End, ok, err)
				}
				rest := readAll(t, r)
				sameRecords(t, fmt.Sprintf("behind record %d", i), contents(rest), contents(all[i+1:]))
				if len(rest) > 0 && (rest[0].Lost || rest[0].Again) {
					t.Errorf("behind record %d: Lost %v, Again %v", i, rest[0].Lost, rest[0].Again)
				}
				r.Close()
			}
		})
	}
}

func TestPositionsThatAreNotThere(t *testing.T) {
	dir, want := t.TempDir(), records(100, 3)
	writeLog(t, dir, wlog.CompressionSnappy, want...)
	all := readAll(t, read(t, dir))
	end := all[40].End
	change := func(f func(*Position)) Position {
		p := end
		f(&p)
		return p
	}
	for _, test := range []struct {
		name string
		at   Position
		none bool // no position, so that nothing is lost
	}{
		{name: "none", none: true},
		{name: "another checksum", at: change(func(p *Position) { p.Checksum++ })},
		{name: "within a record", at: change(func(p *Position) { p.Offset-- })},
		{name: "behind a record", at: change(func(p *Position) { p.Offset++ })},
		{name: "at the beginning", at: change(func(p *Position) { p.Offset = 0 })},
		{name: "negative", at: change(func(p *Position) { p.Offset = -5 })},
		{name: "behind the end", at: change(func(p *Position) { p.Offset = 1 << 40 })},
		{name: "no such segment", at: change(func(p *Position) { p.Segment = 99 })},
		{name: "no such checkpoint", at: change(func(p *Position) { p.Checkpoint = "checkpoint.00000005" })},
		{name: "another segment", at: change(func(p *Position) { p.Segment++ })},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := read(t, dir)
			if ok, err := r.Resume(test.at); ok || err != nil {
				t.Fatalf("recognised: %v, %v", ok, err)
			}
			again := readAll(t, r)
			sameRecords(t, "all", contents(again), texts(want))
			if marked := again[0].Lost && again[0].Again; marked == test.none {
				t.Errorf("the first record: Lost %v, Again %v", again[0].Lost, again[0].Again)
			}
		})
	}
}

// TestRecognisedElsewhere resumes in a copy of the log, as on a volume that was restored.
func TestRecognisedElsewhere(t *testing.T) {
	dir, want := t.TempDir(), records(100, 4)
	writeLog(t, dir, wlog.CompressionSnappy, want...)
	end := readAll(t, read(t, dir))[40].End
	r := read(t, copyLog(t, dir))
	if ok, err := r.Resume(end); !ok || err != nil {
		t.Fatal(ok, err)
	}
	sameRecords(t, "rest", contents(readAll(t, r)), texts(want[41:]))

	other := t.TempDir()
	writeLog(t, other, wlog.CompressionSnappy, records(100, 5)...)
	r = read(t, other)
	if ok, err := r.Resume(end); ok || err != nil {
		t.Fatal("a position in another log: ", ok, err)
	}
}

func TestAFileThatGrowsByteByByte(t *testing.T) {
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			source, want := t.TempDir(), records(24, 6)
			writeLog(t, source, compression, want...)
			whole := mustRead(t, segmentFiles(t, source)[0])
			all := readAll(t, read(t, source))

			dir := t.TempDir()
			path := place{segment: 0}.path(dir)
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r, n := read(t, dir), 0
			for length := range whole {
				if _, err := file.Write(whole[length : length+1]); err != nil {
					t.Fatal(err)
				}
				if length > 2000 && length%pageSize > 400 && length%11 != 0 && length < len(whole)-1 {
					continue // grow by some bytes at once
				}
				for _, g := range readOn(t, r) {
					if n == len(all) || g.content != all[n].content || g.Lost || g.Again || g.End.Offset > int64(length+1) {
						t.Fatalf("at %d bytes: record %d is not the one that was written", length+1, n)
					}
					n++
				}
				if n < len(all) && all[n].End.Segment == 0 && all[n].End.Offset <= int64(length+1) {
					t.Fatalf("at %d bytes: record %d is there, and was not read", length+1, n)
				}
				r.Poll()
			}
			if counts := r.Counts(); counts.DamagedPages+counts.TornTails+counts.BrokenRecords > 0 {
				t.Errorf("damage was counted: %+v", counts)
			}
		})
	}
}

func TestTheLogAppearsLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wal")
	r := read(t, dir)
	if n := len(readAll(t, r)); n != 0 {
		t.Fatal(n, " records of nothing")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, r)); n != 0 {
		t.Fatal(n, " records of an empty folder")
	}
	want := records(100, 7)
	writeLog(t, dir, wlog.CompressionZstd, want...)
	all := readAll(t, r)
	sameRecords(t, "all", contents(all), texts(want))
	if all[0].Lost || all[0].Again {
		t.Error("nothing was lost before the log was there")
	}
}

// TestOtherFilesAreIgnored has what Prometheus leaves in the folder while it works or when it
// is killed.
func TestOtherFilesAreIgnored(t *testing.T) {
	dir, want := t.TempDir(), records(100, 8)
	writeLog(t, dir, wlog.CompressionSnappy, want...)
	mustWrite(t, filepath.Join(dir, "00000099.repair"), []byte("x"))
	mustWrite(t, filepath.Join(dir, "00000098.tmp"), []byte("x"))
	mustWrite(t, filepath.Join(dir, "checkpoint.00000077"), []byte("no folder"))
	mustWrite(t, filepath.Join(dir, "5"), []byte("no segment"))
	mustWrite(t, filepath.Join(dir, "-0000005"), []byte("no segment"))
	for _, name := range []string{"checkpoint.00000066.tmp", "checkpoint.x", "00000097"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sameRecords(t, "all", contents(readAll(t, read(t, dir))), texts(want))
}

func TestUnknownKindsAreCounted(t *testing.T) {
	dir, want := t.TempDir(), records(3, 9)
	writeLog(t, dir, wlog.CompressionSnappy, want[0], []byte{11, 1}, []byte{11, 2}, want[1], []byte{0}, []byte{31}, []byte{}, want[2])
	r := read(t, dir)
	all := readAll(t, r)
	sameRecords(t, "all", contents(all), texts(want))
	if diff := cmp.Diff(map[byte]uint64{0: 1, 11: 2, 31: 1}, r.Counts().Unknown); diff != "" {
		t.Error("unknown kinds (-want +got):\n", diff)
	}
	if all[1].Lost || all[2].Lost {
		t.Error("a kind that is not understood is not lost by the log")
	}
}

// checkpoint writes records as the checkpoint of the segments up to covers.
func checkpoint(t testing.TB, dir string, records [][]byte, covers int) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%s%08d", checkpointPrefix, covers))
	writeLog(t, path, wlog.CompressionSnappy, records...)
	return path
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

package wal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/tsdb/wlog"
)

// segmentedLog writes a log, and returns its records and how many are in segments below each.
func segmentedLog(t *testing.T, seed uint64) (dir string, all []string, below func(segment int) int) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "wal")
	writeLog(t, dir, wlog.CompressionSnappy, records(400, seed)...)
	whole := readAll(t, read(t, dir))
	if n := len(segmentFiles(t, dir)); n < 5 {
		t.Fatalf("%d segments, too few for this test", n)
	}
	return dir, contents(whole), func(segment int) int {
		return len(slices.DeleteFunc(slices.Clone(whole), func(g got) bool { return g.End.Segment >= segment }))
	}
}

// readSome reads n records.
func readSome(t *testing.T, r *Reader, n int) []got {
	t.Helper()
	var all []got
	for range n {
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got{rec, string(rec.Data)})
	}
	return all
}

func removeSegments(t *testing.T, dir string, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		mustRemove(t, place{segment: n}.path(dir))
	}
}

// marks returns the records, by their numbers, that are Lost, and those that are Again.
func marks(all []got) (lost, again []int) {
	for i, g := range all {
		if g.Lost {
			lost = append(lost, i)
		}
		if g.Again {
			again = append(again, i)
		}
	}
	return lost, again
}

func sameMarks(t *testing.T, all []got, lost, again []int) {
	t.Helper()
	gotLost, gotAgain := marks(all)
	if !slices.Equal(gotLost, lost) || !slices.Equal(gotAgain, again) {
		t.Errorf("Lost at %v and Again at %v, want %v and %v", gotLost, gotAgain, lost, again)
	}
}

func TestSegmentsThatWereReadAreRemoved(t *testing.T) {
	dir, all, below := segmentedLog(t, 21)
	r := read(t, dir)
	first := readSome(t, r, below(3)+1)
	checkpoint(t, dir, records(5, 22), 2)
	removeSegments(t, dir, 0, 2)
	rest := readAll(t, r)
	sameRecords(t, "all", contents(append(first, rest...)), all)
	sameMarks(t, rest, nil, nil)
}

// TestOvertakenByTruncation has segments removed that have not been read: the one that is open
// is read to its end, and then the checkpoint.
func TestOvertakenByTruncation(t *testing.T) {
	dir, all, below := segmentedLog(t, 23)
	r := read(t, dir)
	readSome(t, r, below(1)+1)
	kept := records(5, 24)
	checkpoint(t, dir, kept, 3)
	removeSegments(t, dir, 0, 3)
	rest := readAll(t, r)
	want := slices.Concat(all[below(1)+1:below(2)], texts(kept), all[below(4):])
	sameRecords(t, "rest", contents(rest), want)
	at := below(2) - below(1) - 1
	sameMarks(t, rest, []int{at}, []int{at})
	if n := r.Counts().Restarts; n != 1 {
		t.Errorf("%d restarts, want 1", n)
	}
	for i, g := range rest {
		if want := i >= at && i < at+len(kept); g.Checkpoint != want {
			t.Errorf("record %d: Checkpoint is %v", i, g.Checkpoint)
		}
	}
}

func TestACheckpointIsReplacedWhileItIsRead(t *testing.T) {
	for name, test := range map[string]struct {
		inLast, gone bool
		again        bool // whether what was not read of it could not be read any more
	}{
		"in its first file":               {gone: true, again: true},
		"in its first file, and it stays": {},
		"in its last file":                {inLast: true, gone: true},
		"in its last file, and it stays":  {inLast: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, all, below := segmentedLog(t, 25)
			removeSegments(t, dir, 0, 1)
			old := checkpoint(t, dir, records(100, 26), 1)
			whole := readAll(t, read(t, old))
			last := whole[len(whole)-1].End.Segment
			in := slices.IndexFunc(whole, func(g got) bool { return !test.inLast || g.End.Segment == last })
			r := read(t, dir)
			first := readSome(t, r, in+1)
			newer := records(10, 27)
			checkpoint(t, dir, newer, 2)
			removeSegments(t, dir, 2, 2)
			if test.gone {
				mustRemove(t, old)
			}
			rest := readAll(t, r)
			before := contents(whole)
			if test.again {
				before = before[:slices.IndexFunc(whole, func(g got) bool { return g.End.Segment > 0 })]
			}
			// Segment 2 has vanished as well, so that the newer checkpoint is read in any case.
			want := slices.Concat(before, texts(newer), all[below(3):])
			sameRecords(t, "all", contents(append(first, rest...)), want)
			at := len(before) - len(first)
			sameMarks(t, rest, []int{at}, []int{at})
		})
	}
}

func TestBehindACheckpoint(t *testing.T) {
	dir, all, below := segmentedLog(t, 28)
	kept := records(5, 29)
	stash := t.TempDir()
	for i, path := range segmentFiles(t, dir) {
		rename(t, path, place{segment: i}.path(stash))
	}
	checkpoint(t, dir, kept, 1)
	r := read(t, dir)
	first := readAll(t, r)
	sameRecords(t, "checkpoint", contents(first), texts(kept))

	for i, path := range segmentFiles(t, stash) {
		if i != 2 {
			rename(t, path, place{segment: i}.path(dir))
		}
	}
	r.Poll()
	if rest := readOn(t, r); len(rest) > 0 {
		t.Fatal("a segment that is missing was not awaited")
	}
	rest := readAll(t, r)
	sameRecords(t, "segments", contents(rest), all[below(3):])
	sameMarks(t, rest, []int{0}, nil)
}

func TestASegmentComesLate(t *testing.T) {
	dir, all, _ := segmentedLog(t, 30)
	path := place{segment: 2}.path(dir)
	rename(t, path, path+".tmp")
	r := read(t, dir)
	got := readOn(t, r)
	r.Poll()
	got = append(got, readOn(t, r)...)
	rename(t, path+".tmp", path)
	got = append(got, readAll(t, r)...)
	sameRecords(t, "all", contents(got), all)
	sameMarks(t, got, nil, nil)
}

// TestRepairOfATornTail lets Prometheus repair a log whose last record is torn.
func TestRepairOfATornTail(t *testing.T) {
	for name, whole := range map[string]bool{"a torn piece": false, "a record whose last piece is missing": true} {
		t.Run(name, func(t *testing.T) {
			dir, all, _ := segmentedLog(t, 31)
			removeSegments(t, dir, 1, 99)
			written := readAll(t, read(t, dir))
			last := slices.IndexFunc(touched(written), func(pages []page) bool { return len(pages) > 1 })
			cut := written[last].End.Offset - 3
			if whole {
				cut = pageEnd(written[last-1].End.Offset)
			}
			if err := os.Truncate(place{segment: 0}.path(dir), cut); err != nil {
				t.Fatal(err)
			}
			r := read(t, dir)
			first := readAll(t, r)
			sameRecords(t, "in front of the damage", contents(first), all[:last])

			more := records(20, 32)
			repair(t, dir, more)
			rest := readAll(t, r)
			sameRecords(t, "behind the damage", contents(rest), texts(more))
			sameMarks(t, rest, []int{0}, nil)
		})
	}
}

// TestRepairThatRemovesSegments lets Prometheus repair a log that is damaged in the middle,
// and was read to the end.
func TestRepairThatRemovesSegments(t *testing.T) {
	dir, all, below := segmentedLog(t, 33)
	path := place{segment: 1}.path(dir)
	content := mustRead(t, path)
	flipByte(t, path, content, len(content)/2, 0xff)
	r := read(t, dir)
	readAll(t, r)
	more := records(20, 34)
	repair(t, dir, more)
	rest := readAll(t, r)
	repaired := len(rest) - len(more)
	if repaired < below(1) || repaired > below(2) {
		t.Fatalf("%d records in front of the damage", repaired)
	}
	sameRecords(t, "again", contents(rest), slices.Concat(all[:repaired], texts(more)))
	sameMarks(t, rest, []int{0}, []int{0})
}

// repair does what Prometheus does when it starts: it reads the log, repairs it, and goes on.
func repair(t *testing.T, dir string, more [][]byte) {
	t.Helper()
	log, err := wlog.NewSize(nil, nil, dir, segmentSize, wlog.CompressionSnappy)
	if err != nil {
		t.Fatal(err)
	}
	segments, err := wlog.NewSegmentsReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	reader := wlog.NewReader(segments)
	for reader.Next() {
	}
	var damage *wlog.CorruptionErr
	if !errors.As(reader.Err(), &damage) {
		t.Fatalf("Prometheus finds nothing to repair: %v", reader.Err())
	}
	if err := errors.Join(segments.Close(), log.Repair(reader.Err()), log.Log(more...), log.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestRepairIsAwaited looks at a log while Prometheus repairs it.
func TestRepairIsAwaited(t *testing.T) {
	dir, all, _ := segmentedLog(t, 35)
	removeSegments(t, dir, 1, 99)
	path := place{segment: 0}.path(dir)
	content := mustRead(t, path)
	r := read(t, dir)
	first := readAll(t, r)
	rename(t, path, path+".repair")
	if n := len(readAll(t, r)); n > 0 {
		t.Fatalf("%d records while the segment is renamed", n)
	}
	mustWrite(t, path, content[:len(content)/2])
	if n := len(readAll(t, r)); n > 0 {
		t.Fatalf("%d records while the segment is half written", n)
	}
	mustWrite(t, path, content)
	mustRemove(t, path+".repair")
	writeLog(t, dir, wlog.CompressionSnappy, records(3, 36)...)
	rest := readAll(t, r)
	sameRecords(t, "all", contents(append(first, rest...)), slices.Concat(all[:len(first)], texts(records(3, 36))))
	sameMarks(t, rest, nil, nil)
}

func TestAnotherLogInItsPlace(t *testing.T) {
	for name, emptied := range map[string]bool{"at once": false, "after a while": true} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := segmentedLog(t, 37)
			r := read(t, dir)
			readAll(t, r)
			mustRemove(t, dir)
			if emptied {
				if n := len(readAll(t, r)); n > 0 {
					t.Fatalf("%d records of nothing", n)
				}
			}
			want := records(20, 38)
			writeLog(t, dir, wlog.CompressionZstd, want...)
			rest := readAll(t, r)
			sameRecords(t, "the other log", contents(rest), texts(want))
			sameMarks(t, rest, []int{0}, []int{0})
		})
	}
}

// TestWhatCannotBeRead has a folder in the place of a segment: opening works, reading does not.
func TestWhatCannotBeRead(t *testing.T) {
	dir, all, below := segmentedLog(t, 39)
	path := place{segment: 2}.path(dir)
	mustRemove(t, path)
	if err := os.Symlink(t.TempDir(), path); err != nil {
		t.Fatal(err)
	}
	r := read(t, dir)
	var rest []got
	failures := 0
	for {
		rec, err := r.Next()
		if err == nil {
			rest = append(rest, got{rec, string(rec.Data)})
			continue
		}
		if !errors.Is(err, io.EOF) {
			failures++
		}
		if !r.Waiting() {
			break
		}
		r.Poll()
	}
	sameRecords(t, "the others", contents(rest), slices.Concat(all[:below(2)], all[below(3):]))
	sameMarks(t, rest, []int{below(2)}, nil)
	if failures == 0 {
		t.Error("no error was shown")
	}
}

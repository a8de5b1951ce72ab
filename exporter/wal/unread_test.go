package wal

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/prometheus/tsdb/wlog"
)

func sizes(t *testing.T, paths ...string) int64 {
	t.Helper()
	sum := int64(0)
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

func TestUnread(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wal")
	if got, err := Unread(dir, Position{}); got != 0 || err != nil {
		t.Errorf("no log: got %d, %v", got, err)
	}
	writeLog(t, dir, wlog.CompressionNone, records(400, 1)...)
	files := segmentFiles(t, dir)
	last := len(files) - 1
	if last < 2 {
		t.Fatalf("the log has %d segments only", last+1)
	}
	r := read(t, dir)
	all := readAll(t, r)
	checkpoint := filepath.Join(dir, "checkpoint.00000000")
	writeLog(t, checkpoint, wlog.CompressionNone, records(5, 1)...)
	inCheckpoint := sizes(t, segmentFiles(t, checkpoint)...)
	for name, test := range map[string]struct {
		from Position
		want int64
	}{
		"nothing was read":             {Position{}, inCheckpoint + sizes(t, files[1:]...)},
		"the first was removed":        {Position{Segment: 0, Offset: 100}, inCheckpoint + sizes(t, files[1:]...)},
		"in the checkpoint":            {Position{Checkpoint: "checkpoint.00000000", Offset: 10}, inCheckpoint - 10 + sizes(t, files[1:]...)},
		"in an older one":              {Position{Checkpoint: "checkpoint.99", Segment: 3, Offset: 10}, inCheckpoint + sizes(t, files[1:]...)},
		"in the second":                {Position{Segment: 1, Offset: 1000}, sizes(t, files[1:]...) - 1000},
		"everything but what fills up": {all[len(all)-1].End, sizes(t, files[last]) - all[len(all)-1].End.Offset},
		"behind all":                   {Position{Segment: last + 1, Offset: 7}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Unread(dir, test.from); got != test.want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, test.want)
			}
		})
	}
}

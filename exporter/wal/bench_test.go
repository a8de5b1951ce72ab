package wal

import (
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

const (
	benchScrapes   = 50
	benchPerScrape = 20_000
)

// writeScrapes writes a million samples of 20,000 counters, in records of 200 samples as small
// targets have, or of 2,000.
func writeScrapes(t testing.TB, dir string, compression wlog.CompressionType, perRecord int) {
	t.Helper()
	log, err := wlog.New(nil, nil, dir, compression)
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, benchPerScrape)
	var enc record.Encoder
	var buffer []byte
	batch := make([]record.RefSample, perRecord)
	for scrape := range benchScrapes {
		for first := 0; first < benchPerScrape; first += perRecord {
			for i := range batch {
				values[first+i] += float64(rnd.IntN(100))
				batch[i] = record.RefSample{
					Ref: chunks.HeadSeriesRef(first + i + 1), T: 1_700_000_000_000 + int64(scrape)*10_000 + int64(first/perRecord), V: values[first+i],
				}
			}
			buffer = enc.Samples(batch, buffer[:0])
			if err := log.Log(buffer); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkRead reads a million samples a turn, of which none, one of a hundred or all are
// wanted.
func BenchmarkRead(b *testing.B) {
	for _, compression := range compressions {
		for _, perRecord := range []int{200, 2000} {
			dir := b.TempDir()
			writeScrapes(b, dir, compression, perRecord)
			for _, wanted := range []struct {
				name  string
				every int
			}{{"none", 0}, {"one of 100", 100}, {"all", 1}} {
				var set Set
				for ref := wanted.every; wanted.every > 0 && ref <= benchPerScrape; ref += wanted.every {
					set.Add(chunks.HeadSeriesRef(ref))
				}
				b.Run(string(compression)+"/"+wanted.name+"/"+map[int]string{200: "records of 200", 2000: "records of 2000"}[perRecord], func(b *testing.B) {
					b.ReportAllocs()
					var into []record.RefSample
					for b.Loop() {
						into = readScrapes(b, dir, &set, into)
					}
				})
			}
		}
	}
}

// allScraped has the references that writeScrapes uses.
func allScraped() *Set {
	var set Set
	for ref := range benchPerScrape {
		set.Add(chunks.HeadSeriesRef(ref + 1))
	}
	return &set
}

// readScrapes reads all samples of a log.
func readScrapes(t testing.TB, dir string, wanted *Set, into []record.RefSample) []record.RefSample {
	t.Helper()
	r := NewReader(dir)
	defer r.Close()
	total, seen := 0, allScraped()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if into, n, err = Samples(rec.Data, wanted, seen, into[:0]); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if total != benchScrapes*benchPerScrape {
		t.Fatalf("%d samples", total)
	}
	return into
}

// TestNoAllocationPerRecord reads a log whose pages and records take no more memory than the
// first ones.
func TestNoAllocationPerRecord(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools allocate; the tests without it show that nothing else does")
	}
	for _, compression := range compressions {
		t.Run(string(compression), func(t *testing.T) {
			dir := t.TempDir()
			writeScrapes(t, dir, compression, 2000)
			r := read(t, dir)
			set := allScraped()
			var into []record.RefSample
			next := func() {
				rec, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if into, _, err = Samples(rec.Data, set, set, into[:0]); err != nil {
					t.Fatal(err)
				}
			}
			for range 50 {
				next()
			}
			if n := testing.AllocsPerRun(400, next); n > 0 {
				t.Errorf("%v allocations per record", n)
			}
		})
	}
}

package wal

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/tombstones"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

var compressions = []wlog.CompressionType{wlog.CompressionNone, wlog.CompressionSnappy, wlog.CompressionZstd}

// segmentSize is small, so that a log of some records has several segments.
const segmentSize = 4 * pageSize

// records returns n records of all kinds, from tiny to larger than a page.
func records(n int, seed uint64) [][]byte {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var (
		all [][]byte
		enc record.Encoder
	)
	for i := range n {
		size := 1 + rnd.IntN(20)
		if i%23 == 22 {
			size = 3000 // more than a page, compressed too
		}
		all = append(all, encoders[i%len(encoders)](&enc, rnd, size))
	}
	return all
}

var encoders = []func(*record.Encoder, *rand.Rand, int) []byte{
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		series := make([]record.RefSeries, n)
		for i := range series {
			series[i] = record.RefSeries{
				Ref:    chunks.HeadSeriesRef(rnd.Uint64N(1000)),
				Labels: labels.FromStrings("__name__", fmt.Sprintf("metric_%d", rnd.IntN(10)), "instance", fmt.Sprint(rnd.Uint64())),
			}
		}
		return enc.Series(series, nil)
	},
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte { return enc.Samples(samples(rnd, n), nil) },
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		stones := make([]tombstones.Stone, n)
		for i := range stones {
			stones[i] = tombstones.Stone{
				Ref:       storage.SeriesRef(rnd.Uint64N(1000)),
				Intervals: tombstones.Intervals{{Mint: rnd.Int64N(1000), Maxt: 1000 + rnd.Int64N(1000)}},
			}
		}
		return enc.Tombstones(stones, nil)
	},
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		exemplars := make([]record.RefExemplar, n)
		for i := range exemplars {
			exemplars[i] = record.RefExemplar{
				Ref: chunks.HeadSeriesRef(rnd.Uint64N(1000)), T: rnd.Int64N(1000), V: rnd.Float64(),
				Labels: labels.FromStrings("trace_id", fmt.Sprint(rnd.Uint64())),
			}
		}
		return enc.Exemplars(exemplars, nil)
	},
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		metadata := make([]record.RefMetadata, n)
		for i := range metadata {
			metadata[i] = record.RefMetadata{Ref: chunks.HeadSeriesRef(rnd.Uint64N(1000)), Type: 1, Help: fmt.Sprint("help ", rnd.Uint64())}
		}
		return enc.Metadata(metadata, nil)
	},
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		histograms := make([]record.RefHistogramSample, n)
		for i := range histograms {
			histograms[i] = record.RefHistogramSample{
				Ref: chunks.HeadSeriesRef(rnd.Uint64N(1000)), T: rnd.Int64N(1000),
				H: &histogram.Histogram{
					Schema: 1, Count: 3, Sum: rnd.Float64(), PositiveSpans: []histogram.Span{{Offset: 0, Length: 2}},
					PositiveBuckets: []int64{1, 1},
				},
			}
		}
		return enc.HistogramSamples(histograms, nil)
	},
	func(enc *record.Encoder, rnd *rand.Rand, n int) []byte {
		histograms := make([]record.RefFloatHistogramSample, n)
		for i := range histograms {
			histograms[i] = record.RefFloatHistogramSample{
				Ref: chunks.HeadSeriesRef(rnd.Uint64N(1000)), T: rnd.Int64N(1000),
				FH: &histogram.FloatHistogram{
					Schema: 1, Count: 3, Sum: rnd.Float64(), PositiveSpans: []histogram.Span{{Offset: 0, Length: 2}},
					PositiveBuckets: []float64{1, 2},
				},
			}
		}
		return enc.FloatHistogramSamples(histograms, nil)
	},
}

func samples(rnd *rand.Rand, n int) []record.RefSample {
	all := make([]record.RefSample, n)
	for i := range all {
		all[i] = record.RefSample{Ref: chunks.HeadSeriesRef(rnd.Uint64N(100_000)), T: 1_700_000_000_000 + rnd.Int64N(1000), V: rnd.NormFloat64()}
	}
	return all
}

// writeLog writes records to a log of small segments, with Prometheus' own writer, in batches
// as Prometheus does.
func writeLog(t testing.TB, dir string, compression wlog.CompressionType, records ...[]byte) {
	t.Helper()
	log, err := wlog.NewSize(nil, nil, dir, segmentSize, compression)
	if err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(records, 3) {
		if err := log.Log(batch...); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// got is what a reader returned, kept.
type got struct {
	Record
	content string
}

// readAll reads until nothing more comes, and polls as somebody who does not want to wait.
func readAll(t testing.TB, r *Reader) []got {
	t.Helper()
	all := readOn(t, r)
	for r.Waiting() {
		r.Poll()
		all = append(all, readOn(t, r)...)
	}
	return all
}

// readOn reads until io.EOF.
func readOn(t testing.TB, r *Reader) []got {
	t.Helper()
	var all []got
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind != record.Type(rec.Data[0]) {
			t.Fatalf("kind %d of a record that begins with %d", rec.Kind, rec.Data[0])
		}
		all = append(all, got{rec, string(rec.Data)})
		if len(all) > math.MaxInt16*10 {
			t.Fatal("the reader does not come to an end")
		}
	}
}

// read opens a reader that is closed when the test ends.
func read(t testing.TB, dir string) *Reader {
	r := NewReader(dir)
	t.Cleanup(r.Close)
	return r
}

func contents(all []got) []string {
	texts := make([]string, len(all))
	for i, g := range all {
		texts[i] = g.content
	}
	return texts
}

func texts(records [][]byte) []string {
	all := make([]string, len(records))
	for i, rec := range records {
		all[i] = string(rec)
	}
	return all
}

// sameRecords fails unless the records are those, in their order.
func sameRecords(t testing.TB, what string, read, want []string) {
	t.Helper()
	if slices.Equal(read, want) {
		return
	}
	for i := range min(len(read), len(want)) {
		if read[i] != want[i] {
			t.Fatalf("%s: record %d of %d is another than record %d of %d", what, i, len(read), i, len(want))
		}
	}
	t.Fatalf("%s: %d records, want %d", what, len(read), len(want))
}

// segmentFiles returns the paths of the segments in dir.
func segmentFiles(t testing.TB, dir string) []string {
	t.Helper()
	found, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, n := range found.segments {
		paths = append(paths, place{segment: n}.path(dir))
	}
	return paths
}

func copyLog(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "wal")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func mustWrite(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRemove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

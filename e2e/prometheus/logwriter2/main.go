// Program logwriter2 writes a write-ahead log with the database of Prometheus 2.55.1. Its
// blocks last two minutes instead of two hours and its segments are small, so that it makes
// checkpoints and removes segments as often as it is told.
//
// It does what each line of its standard input says, and answers each with a line that is
// empty or says what failed:
//
//	scrape 3 9   appends the scrapes from number 3 up to number 9, ten seconds apart
//	compact      makes blocks of what is old, and a checkpoint
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

const (
	counters    = 50
	step        = 10_000
	block       = 120_000
	segmentSize = 4 * 32 << 10
)

func main() {
	compression := flag.String("compression", "snappy", "none, snappy or zstd")
	flag.Parse()
	if err := run(context.Background(), flag.Arg(0), *compression, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, compression string, in io.Reader, out io.Writer) error {
	options := tsdb.DefaultOptions()
	options.MinBlockDuration, options.MaxBlockDuration, options.RetentionDuration = block, block, 0
	options.WALSegmentSize, options.WALCompression = segmentSize, wlog.CompressionType(compression)
	options.EnableNativeHistograms, options.EnableExemplarStorage, options.MaxExemplars = true, true, 100
	db, err := tsdb.Open(folder, nil, nil, options, nil)
	if err != nil {
		return err
	}
	db.DisableCompactions()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		failure := ""
		if err := obey(ctx, db, lines.Text()); err != nil {
			failure = strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		fmt.Fprintln(out, failure)
	}
	return db.Close()
}

func obey(ctx context.Context, db *tsdb.DB, line string) error {
	if line == "compact" {
		db.EnableCompactions()
		defer db.DisableCompactions()
		return db.Compact(ctx)
	}
	var from, to int64
	if _, err := fmt.Sscanf(line, "scrape %d %d", &from, &to); err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	for n := from; n < to; n++ {
		if err := scrape(ctx, db, n); err != nil {
			return fmt.Errorf("scrape %d: %w", n, err)
		}
	}
	return nil
}

func series(name string, i int) labels.Labels {
	return labels.FromStrings("__name__", name, "instance", fmt.Sprint(i))
}

// scrape appends a sample of each kind that Prometheus knows.
func scrape(ctx context.Context, db *tsdb.DB, n int64) error {
	a, at := db.Appender(ctx), n*step
	for i := range counters {
		name := series("requests_total", i)
		ref, err := a.Append(0, name, at, float64(at+int64(i)))
		if err != nil {
			return err
		}
		if _, err := a.AppendExemplar(ref, name, exemplar.Exemplar{Labels: labels.FromStrings("trace_id", "abc"), Value: 1, Ts: at, HasTs: true}); err != nil {
			return err
		}
		if _, err := a.UpdateMetadata(ref, name, metadata.Metadata{Type: model.MetricTypeCounter, Help: fmt.Sprint("help ", n)}); err != nil {
			return err
		}
	}
	whole, floating := tsdbutil.GenerateTestHistogram(int(n)), tsdbutil.GenerateTestFloatHistogram(int(n))
	for name, h := range map[string]struct {
		whole    *histogram.Histogram
		floating *histogram.FloatHistogram
	}{"whole_seconds": {whole: whole}, "floating_seconds": {floating: floating}} {
		if _, err := a.AppendHistogram(0, series(name, 0), at, h.whole, h.floating); err != nil {
			return err
		}
	}
	return a.Commit()
}

// Package wal tests the exporter's reader on logs that whole databases of Prometheus write
// and truncate meanwhile: that of linkerd-viz, and the newest.
package wal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

const (
	scrapes  = 600
	counters = 50
	step     = 10_000 // milliseconds
)

// writer is a program that writes a log.
type writer struct {
	in  io.Writer
	out *bufio.Scanner
}

func start(t *testing.T, program, folder string, flags ...string) writer {
	t.Helper()
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	built, err := programs.Ensure(t.Context(), root, os.Stderr, program)
	if err != nil {
		t.Fatal(err)
	}
	// Cleanup, not the end of the context, stops it: it must read the end of its input.
	command := exec.CommandContext(context.WithoutCancel(t.Context()), built[program], append(flags, folder)...)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	})
	return writer{in: in, out: bufio.NewScanner(out)}
}

func (w writer) tell(t *testing.T, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(w.in, line); err != nil {
		t.Fatal(err)
	}
	if !w.out.Scan() || w.out.Text() != "" {
		t.Fatalf("%s: %s, %v", line, w.out.Text(), w.out.Err())
	}
}

// follower keeps what it reads of a log.
type follower struct {
	r           *wal.Reader
	times       map[chunks.HeadSeriesRef][]int64 // of float samples
	kinds       map[record.Type]int
	lost, again int
}

func follow(t *testing.T, folder string) *follower {
	f := &follower{
		r:     wal.NewReader(filepath.Join(folder, "wal")),
		times: map[chunks.HeadSeriesRef][]int64{}, kinds: map[record.Type]int{},
	}
	t.Cleanup(f.r.Close)
	return f
}

// read reads what the log holds now, decoding all that tsdb/record can.
func (f *follower) read(t *testing.T) {
	t.Helper()
	for {
		rec, err := f.r.Next()
		if errors.Is(err, io.EOF) {
			f.r.Poll()
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Lost {
			f.lost++
		}
		if rec.Again {
			f.again++
		}
		f.kinds[rec.Kind]++
		if err := f.decode(rec); err != nil {
			t.Fatalf("kind %s: %v", rec.Kind, err)
		}
	}
}

func (f *follower) decode(rec wal.Record) (err error) {
	var decoder record.Decoder
	switch rec.Kind {
	case record.Series:
		_, err = decoder.Series(rec.Data, nil)
	case record.Samples:
		var samples []record.RefSample
		samples, err = decoder.Samples(rec.Data, nil)
		for _, s := range samples {
			f.times[s.Ref] = append(f.times[s.Ref], s.T)
		}
	case record.HistogramSamples:
		_, err = decoder.HistogramSamples(rec.Data, nil)
	case record.FloatHistogramSamples:
		_, err = decoder.FloatHistogramSamples(rec.Data, nil)
	case record.Exemplars:
		_, err = decoder.Exemplars(rec.Data, nil)
	case record.Metadata:
		_, err = decoder.Metadata(rec.Data, nil)
	}
	return err
}

// each fails unless each counter has a sample of each scrape, in order.
func (f *follower) each(t *testing.T) {
	t.Helper()
	if len(f.times) != counters {
		t.Errorf("%d series, want %d", len(f.times), counters)
	}
	for ref, times := range f.times {
		if len(times) != scrapes {
			t.Errorf("series %d: %d samples, want %d", ref, len(times), scrapes)
		}
		for i, at := range times {
			if at != int64(i)*step {
				t.Fatalf("series %d: sample %d is of %d", ref, i, at)
			}
		}
	}
}

// TestTruncation reads the log of Prometheus 2.55.1 while it makes checkpoints and removes
// segments. A reader that keeps up gets every sample once; so does one that is replaced by
// another after each scrape. One that stands still gets, behind a record that is marked, all
// that is left.
func TestTruncation(t *testing.T) {
	for _, compression := range []string{"none", "snappy", "zstd"} {
		t.Run(compression, func(t *testing.T) {
			folder := t.TempDir()
			prometheus := start(t, programs.LogWriter2, folder, "-compression", compression)
			current, slow := follow(t, folder), follow(t, folder)
			resumed := follow(t, folder)
			var position wal.Position
			checkpoints := map[string]bool{}
			for n := range scrapes {
				prometheus.tell(t, "scrape %d %d", n, n+1)
				current.read(t)
				if n < 30 {
					slow.read(t)
				}
				position = resumed.resume(t, folder, position)
				if n%20 == 19 {
					prometheus.tell(t, "compact")
					found, _ := filepath.Glob(filepath.Join(folder, "wal", "checkpoint.*"))
					for _, name := range found {
						checkpoints[name] = true
					}
				}
			}
			if len(checkpoints) < 5 {
				t.Fatalf("%d checkpoints, too few for this test", len(checkpoints))
			}
			if slow.read(t); slow.lost != 1 || slow.again != 1 {
				t.Errorf("standing still: %d times Lost, %d times Again; want once", slow.lost, slow.again)
			}
			for ref, times := range slow.times {
				if last := times[len(times)-1]; last != (scrapes-1)*step {
					t.Errorf("standing still: series %d ends at %d", ref, last)
				}
			}
			for name, f := range map[string]*follower{"keeping up": current, "resuming": resumed} {
				if f.each(t); f.lost+f.again > 0 {
					t.Errorf("%s: %d times Lost, %d times Again", name, f.lost, f.again)
				}
				kinds := slices.Sorted(maps.Keys(f.kinds))
				want := []record.Type{record.Series, record.Samples, record.Exemplars, record.Metadata, record.HistogramSamples, record.FloatHistogramSamples}
				if diff := cmp.Diff(want, kinds); diff != "" {
					t.Errorf("%s: kinds (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// resume reads on with a new reader, and returns where it ends.
func (f *follower) resume(t *testing.T, folder string, from wal.Position) wal.Position {
	t.Helper()
	f.r.Close()
	f.r = wal.NewReader(filepath.Join(folder, "wal"))
	if ok, err := f.r.Resume(from); err != nil || !ok && !from.IsZero() {
		t.Fatalf("%+v is not recognised: %v", from, err)
	}
	for {
		rec, err := f.r.Next()
		if errors.Is(err, io.EOF) {
			return from
		}
		if err != nil {
			t.Fatal(err)
		}
		f.kinds[rec.Kind]++
		if rec.Lost || rec.Again {
			t.Fatalf("Lost %v, Again %v", rec.Lost, rec.Again)
		}
		if err := f.decode(rec); err != nil {
			t.Fatal(err)
		}
		from = rec.End
	}
}

// TestNewestPrometheus reads what Prometheus 3 writes. The kinds that are newer than this
// exporter are counted by their numbers: 9 for histograms with custom buckets, and 11 to 13
// for samples with their start. Checkpoints have kind 14 as well.
func TestNewestPrometheus(t *testing.T) {
	for _, compression := range []string{"none", "snappy", "zstd"} {
		for _, starts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, starts %v", compression, starts), func(t *testing.T) {
				folder := t.TempDir()
				prometheus := start(t, programs.LogWriter3, folder, "-compression", compression, fmt.Sprintf("-start-timestamps=%v", starts))
				f, late := follow(t, folder), follow(t, folder)
				for n := 0; n < scrapes; n += 20 {
					prometheus.tell(t, "scrape %d %d", n, n+20)
					f.read(t)
					prometheus.tell(t, "compact")
				}
				late.read(t)
				want := map[byte]uint64{9: scrapes}
				if starts {
					want = map[byte]uint64{11: scrapes, 12: scrapes, 13: scrapes}
					if len(f.times) > 0 {
						t.Errorf("%d series with samples of a kind that is known", len(f.times))
					}
				} else {
					f.each(t)
				}
				if diff := cmp.Diff(want, f.r.Counts().Unknown); diff != "" {
					t.Error("unknown kinds (-want +got):\n", diff)
				}
				if f.lost+f.again > 0 {
					t.Errorf("%d times Lost, %d times Again", f.lost, f.again)
				}
				if late.r.Counts().Unknown[14] == 0 {
					t.Error("a reader that begins with a checkpoint finds no kind 14")
				}
			})
		}
	}
}

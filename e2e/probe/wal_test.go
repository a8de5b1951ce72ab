package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

const includeRecorded = `{__name__=~"linkerd_job:.+"}`

func TestReaderFollowsTheWALOverSegments(t *testing.T) {
	wal := newWAL(t)
	store := newStore(t, "metric_renames: [{from: 'linkerd_job:p99', to: recorded_p99}]", includeRecorded)
	wal.series(t, 1, "__name__", "linkerd_job:p99", "job", "linkerd-proxy", "svc", "web")
	wal.series(t, 2, "__name__", "up", "job", "linkerd-proxy")
	wal.sample(t, 1, 1000, 0.25)
	wal.sample(t, 2, 1000, 1)

	follow(t, wal.Dir(), 0, store)
	p99 := exported{
		Name: "linkerd_job:p99", Labels: map[string]string{"job": "linkerd-proxy", "svc": "web"},
		MetricType: "external.googleapis.com/prometheus/recorded_p99", Value: "0.25", Time: time.UnixMilli(1000).UTC(), Samples: 1,
	}
	await(t, store, []exported{p99})

	if _, err := wal.NextSegmentSync(); err != nil {
		t.Fatal(err)
	}
	wal.sample(t, 1, 2000, math.NaN())
	wal.sample(t, 1, 3000, 12.5)
	p99.Value, p99.Time, p99.Samples = "12.5", time.UnixMilli(3000).UTC(), 2
	await(t, store, []exported{p99})
}

func TestReaderKnowsTheSeriesOfACheckpoint(t *testing.T) {
	wal := newWAL(t)
	wal.series(t, 1, "__name__", "linkerd_job:rps")
	if _, err := wal.NextSegmentSync(); err != nil {
		t.Fatal(err)
	}
	keep := func(chunks.HeadSeriesRef) bool { return true }
	if _, err := wlog.Checkpoint(log.NewNopLogger(), wal.WL, 0, 0, keep, 0); err != nil {
		t.Fatal(err)
	}
	if err := wal.Truncate(1); err != nil {
		t.Fatal(err)
	}
	wal.sample(t, 1, 1000, 7)

	store := newStore(t, "", includeRecorded)
	follow(t, wal.Dir(), 0, store)
	await(t, store, []exported{{
		Name: "linkerd_job:rps", Labels: map[string]string{}, MetricType: "external.googleapis.com/prometheus/linkerd_job:rps",
		Value: "7", Time: time.UnixMilli(1000).UTC(), Samples: 1,
	}})
}

func TestReaderSkipsSamplesBeforeItsStart(t *testing.T) {
	wal := newWAL(t)
	wal.series(t, 1, "__name__", "linkerd_job:rps")
	wal.sample(t, 1, 1000, 7)
	_, start, err := wal.LastSegmentAndOffset()
	if err != nil {
		t.Fatal(err)
	}
	wal.sample(t, 1, 2000, 8)

	store := newStore(t, "", includeRecorded)
	follow(t, wal.Dir(), int64(start)+1, store)
	await(t, store, []exported{{
		Name: "linkerd_job:rps", Labels: map[string]string{}, MetricType: "external.googleapis.com/prometheus/linkerd_job:rps",
		Value: "8", Time: time.UnixMilli(2000).UTC(), Samples: 1,
	}})
}

func TestReaderFailsWhereASegmentIsGone(t *testing.T) {
	wal := newWAL(t)
	if _, err := wal.NextSegmentSync(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(wlog.SegmentName(wal.Dir(), 0)); err != nil {
		t.Fatal(err)
	}
	reader := &walReader{directory: wal.Dir(), logger: log.NewNopLogger(), seen: newStore(t, "")}
	err := reader.follow(t.Context())
	if want := "open next segment: next segment 1 too high, expected 0"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestProgressIsSavedWithAMarginAndReadBack(t *testing.T) {
	directory := t.TempDir()
	if err := saveProgress(directory, 3<<20); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(directory, "stackdriver_sidecar.json"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"offset":2621440}`; string(text) != want {
		t.Errorf("progress file %s, want %s", text, want)
	}
	if offset, err := readProgress(directory); err != nil || offset != 2621440 {
		t.Errorf("read back %d (%v)", offset, err)
	}
}

func TestSelectorsAreAlternativesAndFiltersAreOneOfThem(t *testing.T) {
	series := labels.FromStrings("__name__", "a", "job", "x", "pod", "p")
	tests := map[string]struct {
		includes, filters []string
		want              bool
	}{
		"no selectors: everything":     {want: true},
		"one of two matches":           {includes: []string{"b", "a"}, want: true},
		"none matches":                 {includes: []string{"b", `{job="y"}`}},
		"a regular expression, whole":  {includes: []string{`{__name__=~"a.*", job=~"^x$"}`}, want: true},
		"a regular expression, part":   {includes: []string{`{pod=~"q|pp"}`}},
		"all filters match":            {filters: []string{`job="x"`, `pod!="q"`}, want: true},
		"one filter does not":          {filters: []string{`job="x"`, `pod="q"`}},
		"filters fail, include passes": {includes: []string{"a"}, filters: []string{`pod="q"`}, want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			selectors, err := parseSelectors(log.NewNopLogger(), test.includes, test.filters)
			if err != nil {
				t.Fatal(err)
			}
			if got := selected(selectors, series); got != test.want {
				t.Errorf("selected: %v, want %v", got, test.want)
			}
		})
	}
}

// testWAL writes a WAL like Prometheus.
type testWAL struct{ *wlog.WL }

func newWAL(t *testing.T) testWAL {
	t.Helper()
	wal, err := wlog.New(nil, nil, t.TempDir(), wlog.CompressionSnappy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := wal.Close(); err != nil {
			t.Error(err)
		}
	})
	return testWAL{wal}
}

func (w testWAL) series(t *testing.T, ref chunks.HeadSeriesRef, nameValues ...string) {
	t.Helper()
	var encoder record.Encoder
	series := []record.RefSeries{{Ref: ref, Labels: labels.FromStrings(nameValues...)}}
	if err := w.Log(encoder.Series(series, nil)); err != nil {
		t.Fatal(err)
	}
}

func (w testWAL) sample(t *testing.T, ref chunks.HeadSeriesRef, millis int64, v float64) {
	t.Helper()
	var encoder record.Encoder
	if err := w.Log(encoder.Samples([]record.RefSample{{Ref: ref, T: millis, V: v}}, nil)); err != nil {
		t.Fatal(err)
	}
}

func newStore(t *testing.T, configuration string, includes ...string) *seriesStore {
	t.Helper()
	c, err := parseConfig([]byte(configuration))
	if err != nil {
		t.Fatal(err)
	}
	selectors, err := parseSelectors(log.NewNopLogger(), includes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return newSeriesStore(c, selectors, "")
}

// follow reads the WAL until the test ends.
func follow(t *testing.T, directory string, start int64, store *seriesStore) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	reader := &walReader{directory: directory, start: start, logger: log.NewNopLogger(), seen: store}
	go func() { done <- reader.follow(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("following the WAL: %v", err)
		}
	})
}

// await waits until the store holds the wanted series.
func await(t *testing.T, store *seriesStore, want []exported) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		diff := cmp.Diff(want, store.list())
		if diff == "" {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("series (-want +got):\n%s", diff)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

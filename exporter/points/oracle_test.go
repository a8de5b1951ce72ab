package points_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

var update = flag.Bool("update", false, "write golden files")

// A pointLine is a point as it was recorded.
type pointLine struct {
	End            int64
	Kind           string
	Metric         string
	MetricLabels   map[string]string
	Resource       string
	ResourceLabels map[string]string
	Start          *int64
	Value          struct {
		Double       any
		Int64        any
		Distribution *distributionLine
	}
	ValueType string
}

type distributionLine struct {
	Bounds                      []float64
	BucketCounts                []int64
	Count                       int64
	Mean, SumOfSquaredDeviation any
}

func (p *pointLine) start() int64 {
	if p.Start == nil {
		return 0
	}
	return *p.Start
}

// identity is that of a point's time series, with colons as we write them.
func (p *pointLine) identity() string {
	return fmt.Sprint(strings.ReplaceAll(p.Metric, ":", "_"), p.MetricLabels, p.Resource, p.ResourceLabels, p.Kind, p.ValueType)
}

func (p *pointLine) amount() float64 {
	for _, v := range []any{p.Value.Double, p.Value.Int64} {
		if number, is := v.(float64); is {
			return number
		}
	}
	if p.Value.Distribution != nil {
		return float64(p.Value.Distribution.Count)
	}
	return math.NaN()
}

// linesOf reads points, by time series and end.
func linesOf(t *testing.T, text []byte) map[string]map[int64]*pointLine {
	t.Helper()
	all := map[string]map[int64]*pointLine{}
	for line := range bytes.Lines(text) {
		p := &pointLine{}
		if err := json.Unmarshal(line, p); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		id := p.identity()
		if all[id] == nil {
			all[id] = map[int64]*pointLine{}
		}
		if all[id][p.End] != nil {
			t.Errorf("two points with one end: %s", line)
		}
		all[id][p.End] = p
	}
	return all
}

func expectedOf(t *testing.T, folder string) map[string]map[int64]*pointLine {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "expected.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		var file []byte
		if file, err = os.ReadFile(filepath.Join(folder, "expected.jsonl.gz")); err == nil {
			var unzipped *gzip.Reader
			if unzipped, err = gzip.NewReader(bytes.NewReader(file)); err == nil {
				text, err = io.ReadAll(unzipped)
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return linesOf(t, text)
}

// logOf unpacks the log of a run.
func logOf(t testing.TB, folder string) string {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, "wal.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	into := t.TempDir()
	for entries := tar.NewReader(unzipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return filepath.Join(into, "wal")
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(into, filepath.Clean("/"+entry.Name))
		if entry.FileInfo().IsDir() {
			continue
		}
		text, err := io.ReadAll(entries)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A recordedRun is what became of one: how many differences of each kind there are, and the
// checksum of our points, sorted, which the program exports, too (cmd/gcm-exporter).
type recordedRun struct {
	Differences map[string]int `json:"differences"`
	Points      string         `json:"points"`
}

// TestRecordedRuns compares with what Google's sidecar made of the same logs. Each
// difference is of a kind that is wanted; how many there are of each is in a golden file.
func TestRecordedRuns(t *testing.T) {
	shared := charts.RequireShared(t, "oracle")
	runs, err := filepath.Glob(filepath.Join(shared, "*", "wal.tar.gz"))
	if err != nil || len(runs) == 0 {
		t.Fatalf("no recorded run in %s: %v", shared, err)
	}
	found := map[string]recordedRun{}
	for _, run := range runs {
		folder := filepath.Dir(run)
		name := filepath.Base(folder)
		t.Run(name, func(t *testing.T) { found[name] = compareRun(t, folder) })
	}
	text, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "recorded_runs.json")
	if *update {
		if err := os.WriteFile(golden, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Errorf("other differences than in %s (-update writes it):\n%s", golden, diff)
	}
}

func compareRun(t *testing.T, folder string) recordedRun {
	resolver, lookup := series.NewResolver(settingsOf(t, folder), fileOf(t, folder)), lookupOf(t, folder)
	var text bytes.Buffer
	d := points.New(points.Options{Horizon: math.MaxInt64}, resolver, lookup, func(p points.Point) {
		line, err := points.JSON(p)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	})
	dir := logOf(t, folder)
	replayLog(t, d, dir)
	theirs, ours := expectedOf(t, folder), linesOf(t, text.Bytes())
	facts := factsOf(t, dir, resolver, lookup)

	kinds := map[string]int{}
	for _, id := range identities(theirs, ours) {
		for _, end := range ends(theirs[id], ours[id]) {
			kind, reason := differenceOf(theirs[id][end], ours[id][end], facts[id])
			if kind == unexplained {
				t.Errorf("%s\nat %d: %s\ntheirs %s\nours   %s", id, end, reason, show(theirs[id][end]), show(ours[id][end]))
			}
			kinds[kind]++
		}
	}
	lines := slices.Sorted(strings.Lines(text.String()))
	return recordedRun{kinds, fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, ""))))}
}

func show(p *pointLine) string {
	if p == nil {
		return "nothing"
	}
	value, _ := json.Marshal(p.Value)
	return fmt.Sprintf("from %d: %s", p.start(), value)
}

func identities(a, b map[string]map[int64]*pointLine) []string {
	var all []string
	for id := range a {
		all = append(all, id)
	}
	for id := range b {
		if a[id] == nil {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

func ends(a, b map[int64]*pointLine) []int64 {
	var all []int64
	for end := range a {
		all = append(all, end)
	}
	for end := range b {
		if a[end] == nil {
			all = append(all, end)
		}
	}
	slices.Sort(all)
	return all
}

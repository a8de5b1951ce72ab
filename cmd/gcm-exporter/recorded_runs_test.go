package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

// recordedPoints has the checksums of what exporter/points makes of the recorded runs; how
// that differs from what Google's sidecar made of them is tested there.
const recordedPoints = "../../exporter/points/testdata/recorded_runs.json"

// TestRecordedRuns runs the program as somebody would who replaces Google's sidecar, on the
// log, flags and configuration of recorded runs, beside what answers as Prometheus did.
func TestRecordedRuns(t *testing.T) {
	shared := charts.RequireShared(t, "oracle")
	text, err := os.ReadFile(recordedPoints)
	if err != nil {
		t.Fatal(err)
	}
	var runs map[string]struct{ Points string }
	if err := json.Unmarshal(text, &runs); err != nil {
		t.Fatal(err)
	}
	for name, want := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, messages bytes.Buffer
			if code := run(t.Context(), replay(t, filepath.Join(shared, name)), &out, &messages); code != 0 {
				t.Fatalf("exit code %d: %s", code, &messages)
			}
			lines := slices.Sorted(strings.Lines(out.String()))
			if got := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "")))); got != want.Points {
				t.Errorf("the program prints other %d points than exporter/points makes; its messages:\n%s", len(lines), &messages)
			}
		})
	}
}

// replay returns the command line that exports a recorded run.
func replay(t *testing.T, folder string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "flags.txt"))
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSpace(string(text)), "\n")
	if !slices.ContainsFunc(args, isInclude) {
		// Google's sidecar takes no selector for all series; the exporter has a default.
		args = append(args, `--include={__name__=~".+"}`)
	}
	config := filepath.Join(folder, "config.yml")
	if _, err := os.Stat(config); err == nil {
		args = append(args, "--config-file="+config)
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	log := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "xzf", filepath.Join(folder, "wal.tar.gz"), "-C", log).CombinedOutput(); err != nil {
		t.Fatalf("unpacking the log: %v: %s", err, out)
	}
	return append(args, "--prometheus.wal-directory="+filepath.Join(log, "wal"), "--prometheus.api-address="+recordedPrometheus(t, folder),
		"--once", "--dry-run", "--backfill", "--max-age=0s", "--min-period=0s", "--max-series=0")
}

func isInclude(arg string) bool { return strings.HasPrefix(arg, "--include=") }

// TestTheBuiltInConfigurationOnARecordedRun exports a run without any selector: the sums are
// those of the proxies' own series, whose export the other tests compare with Google's sidecar.
func TestTheBuiltInConfigurationOnARecordedRun(t *testing.T) {
	folder := filepath.Join(charts.RequireShared(t, "oracle"), "raw")
	selected := replay(t, folder)
	var totals []map[string]float64
	for _, args := range [][]string{selected, slices.DeleteFunc(slices.Clone(selected), isInclude)} {
		var out, messages bytes.Buffer
		if code := run(t.Context(), args, &out, &messages); code != 0 {
			t.Fatalf("exit code %d: %s", code, &messages)
		}
		totals = append(totals, totalsOf(t, &out))
	}
	if diff := cmp.Diff(totals[0], totals[1], cmpopts.EquateApprox(1e-9, 0)); diff != "" || len(totals[0]) < 4 {
		t.Errorf("what was counted, by pod and metric (-series by series +summed up):\n%s", diff)
	}
}

// summedUp has the proxies' metrics by the names of their sums.
var summedUp = map[string]string{
	" linkerd_inbound_responses_total": "inbound response_total", " linkerd_inbound_latency_ms": "inbound response_latency_ms",
	" linkerd_outbound_responses_total": "outbound response_total", " linkerd_outbound_latency_ms": "outbound response_latency_ms",
}

// totalsOf adds up the last values under all starts of all series of a pod: of responses, or of
// how many had their latency measured, by direction.
func totalsOf(t *testing.T, out *bytes.Buffer) map[string]float64 {
	t.Helper()
	last := map[string]map[string]float64{}
	for line := range strings.Lines(out.String()) {
		var point struct {
			Metric         string
			MetricLabels   map[string]string
			ResourceLabels map[string]string
			Start          int64
			Value          struct {
				Double       float64
				Distribution struct{ Count float64 }
			}
		}
		if err := json.Unmarshal([]byte(line), &point); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		name := point.MetricLabels["direction"] + " " + filepath.Base(point.Metric)
		if plain, summed := summedUp[name]; summed {
			name = plain
		} else if strings.Contains(name, "linkerd_job") {
			continue // Recorded metrics are exported, too.
		}
		name = point.ResourceLabels["pod_name"] + " " + name
		if last[name] == nil {
			last[name] = map[string]float64{}
		}
		last[name][fmt.Sprint(point.MetricLabels, point.Start)] = point.Value.Double + point.Value.Distribution.Count
	}
	totals := map[string]float64{}
	for name, values := range last {
		for _, value := range values {
			totals[name] += value
		}
	}
	return totals
}

// recordedPrometheus answers as Prometheus' API did when a run was recorded, and returns its
// address.
func recordedPrometheus(t *testing.T, folder string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/targets", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(folder, "targets.json"))
	})
	text, err := os.ReadFile(filepath.Join(folder, "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Data []map[string]any }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("GET /api/v1/targets/metadata", func(w http.ResponseWriter, r *http.Request) {
		found := slices.DeleteFunc(slices.Clone(all.Data), func(m map[string]any) bool {
			wanted := r.FormValue("metric")
			return wanted != "" && m["metric"] != wanted
		})
		if err := json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": found}); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

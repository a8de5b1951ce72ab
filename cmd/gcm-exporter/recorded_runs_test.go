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

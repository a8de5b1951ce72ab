package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// surroundings are a log with one gauge, the Prometheus that wrote it, and an emulator of
// Google.
type surroundings struct {
	emulator *gcmemulator.Emulator
	folder   string
	flags    []string
}

func surround(t *testing.T) *surroundings {
	t.Helper()
	s := &surroundings{emulator: gcmemulator.New(gcmemulator.Options{}), folder: t.TempDir()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.emulator.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	prometheus := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/targets" {
			_, _ = io.WriteString(w, `{"status":"success","data":{"activeTargets":[{"labels":{"job":"j","instance":"i"},"discoveredLabels":`+
				`{"__meta_kubernetes_namespace":"n","__meta_kubernetes_pod_name":"p","__meta_kubernetes_pod_container_name":"c"}}]}}`)
			return
		}
		_, _ = io.WriteString(w, `{"status":"success","data":[{"target":{"job":"j","instance":"i"},"metric":"load","type":"gauge"}]}`)
	}))
	t.Cleanup(prometheus.Close)
	s.writeLog(t)
	s.flags = []string{"--stackdriver.project-id=p", "--stackdriver.kubernetes.location=europe-west4", "--stackdriver.kubernetes.cluster-name=c",
		"--stackdriver.api-address=http://" + listener.Addr().String() + "/?auth=false", "--prometheus.api-address=" + prometheus.URL,
		"--prometheus.wal-directory=" + filepath.Join(s.folder, "wal"), "--web.listen-address=127.0.0.1:0", "--include=load"}
	return s
}

func (s *surroundings) writeLog(t *testing.T) {
	t.Helper()
	log, err := wlog.New(nil, nil, filepath.Join(s.folder, "wal"), wlog.CompressionSnappy)
	if err != nil {
		t.Fatal(err)
	}
	var encoder record.Encoder
	series := []record.RefSeries{{Ref: 1, Labels: labels.FromStrings("__name__", "up", "job", "j", "instance", "i")}, {Ref: 2, Labels: labels.FromStrings("__name__", "load", "job", "j", "instance", "i")}}
	records := [][]byte{encoder.Series(series, nil)}
	for i := range int64(6) {
		at := time.Now().UnixMilli() - (6-i)*10_000
		records = append(records, encoder.Samples([]record.RefSample{{Ref: 1, T: at, V: 1}, {Ref: 2, T: at, V: float64(i)}}, nil))
	}
	if err := log.Log(records...); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

// with returns the flags with others added, or in the place of those of the same name.
func (s *surroundings) with(others []string) []string {
	all := slices.Clone(others)
	for _, one := range s.flags {
		name, _, _ := strings.Cut(one, "=")
		if !slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(other, name+"=") }) {
			all = append(all, one)
		}
	}
	return all
}

// write writes a file, and returns its path.
func (s *surroundings) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnce(t *testing.T) {
	s := surround(t)
	var out, messages bytes.Buffer
	if code := run(t.Context(), s.with([]string{"--once"}), &out, &messages); code != 0 {
		t.Fatalf("exit %d: %s", code, &messages)
	}
	if accepted := s.emulator.Counts().Accepted; accepted != 6 || out.Len() > 0 {
		t.Errorf("%d points were accepted, not 6; stdout: %q", accepted, &out)
	}
	if code := run(t.Context(), s.with([]string{"--once"}), &out, &messages); code != 0 || s.emulator.Counts().Accepted != 6 || s.emulator.Counts().Refused > 0 {
		t.Errorf("the second time: exit %d, %+v: %s", code, s.emulator.Counts(), &messages)
	}
}

func TestDryRunOnce(t *testing.T) {
	s := surround(t)
	var out, messages bytes.Buffer
	if code := run(t.Context(), s.with([]string{"--once", "--dry-run"}), &out, &messages); code != 0 {
		t.Fatalf("exit %d: %s", code, &messages)
	}
	if lines := strings.Count(out.String(), "\n"); lines != 6 || s.emulator.Counts().Requests > 0 {
		t.Errorf("%d lines, not 6, and %d requests: %s", lines, s.emulator.Counts().Requests, &out)
	}
	if files, err := filepath.Glob(filepath.Join(s.folder, "*")); err != nil || len(files) != 1 {
		t.Errorf("something was saved beside the log: %v %v", files, err)
	}
}

// TestDryRunShowsPointsAtOnce reads the lines of an exporter that goes on running.
func TestDryRunShowsPointsAtOnce(t *testing.T) {
	s := surround(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	var messages bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, s.with([]string{"--dry-run"}), write, &messages) }()
	lines := bufio.NewScanner(read)
	for range 6 {
		if !lines.Scan() || !strings.Contains(lines.Text(), "external.googleapis.com/prometheus/load") {
			t.Fatalf("got %q, %v", lines.Text(), lines.Err())
		}
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit %d after a signal: %s", got, &messages)
	}
}

func TestExitCodes(t *testing.T) {
	s := surround(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	invalid, valid := s.write(t, "invalid.yml", "nonsense: 1\n"), s.write(t, "valid.yml", "")
	for _, test := range []struct {
		name  string
		flags []string
		code  int
		says  string
	}{
		{"the address is taken", []string{"--web.listen-address=" + busy.Addr().String()}, exitFailed, "--web.listen-address"},
		{"an invalid file", []string{"--once", "--config-file=" + invalid}, exitConfiguration, "nonsense"},
		{"no file", []string{"--once", "--config-file=" + filepath.Join(s.folder, "none.yml")}, 0, "what --include selects: there is no configuration file"},
		{"a folder for a file", []string{"--once", "--state-file=" + filepath.Join(s.folder, "other"), "--config-file=" + s.folder}, exitConfiguration, "is a directory"},
		{"no address of Prometheus", []string{"--once", "--prometheus.api-address=nowhere"}, exitConfiguration, "write it as http://"},
		{"no address of Google", []string{"--once", "--stackdriver.api-address=nowhere"}, exitConfiguration, "--stackdriver.api-address"},
		{"a valid file", []string{"--once", "--config-file=" + valid}, 0, ""},
		{"an invalid file after a valid one", []string{"--once", "--config-file=" + invalid}, 0, "the last one that was is in use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var messages bytes.Buffer
			if code := run(t.Context(), s.with(test.flags), io.Discard, &messages); code != test.code || !strings.Contains(messages.String(), test.says) {
				t.Errorf("exit %d: %s", code, &messages)
			}
		})
	}
}

// TestSIGTERM ends a running exporter: its last points are sent, and its state is saved.
func TestSIGTERM(t *testing.T) {
	s := surround(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var messages bytes.Buffer
	code := make(chan int, 1)
	go func() { code <- run(ctx, s.flags, io.Discard, &messages) }()
	for len(s.emulator.Accepted(0)) == 0 {
		select {
		case got := <-code:
			t.Fatalf("exit %d: %s", got, &messages)
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	if got := <-code; got != 0 || s.emulator.Counts().Accepted != 6 {
		t.Errorf("exit %d, %+v: %s", got, s.emulator.Counts(), &messages)
	}
	if _, err := os.Stat(filepath.Join(s.folder, "gcm_exporter.state")); err != nil {
		t.Error(err)
	}
}

//go:build linux

package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// The configuration of a Prometheus that records one metric about itself, and of a
// sidecar that renames it.
const (
	prometheusConfig = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [test_rules.yml]
scrape_configs:
- job_name: prometheus
  static_configs: [{targets: ["127.0.0.1:%s"]}]
`
	rulesConfig = `
groups:
- name: test
  rules:
  - {record: "linkerd_job:scrapes:count", expr: 'count by (job, instance) (up)', labels: {svc: web}}
`
	sidecarConfig = `
metric_renames: [{from: "linkerd_job:scrapes:count", to: recorded_scrapes}]
static_metadata: [{metric: "linkerd_job:scrapes:count", type: gauge}]
`
)

// The probe has to read what the Prometheus of linkerd-viz really writes. This test needs
// no node, so it runs on any machine.
func TestTheProbeReadsTheWALOfARealPrometheus(t *testing.T) {
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	dir := t.TempDir()
	prometheusPort, sidecarPort := freePort(t), freePort(t)
	writeFile(t, filepath.Join(dir, "prometheus.yml"), fmt.Sprintf(prometheusConfig, prometheusPort))
	writeFile(t, filepath.Join(dir, "test_rules.yml"), rulesConfig)
	writeFile(t, filepath.Join(dir, "sidecar.yml"), sidecarConfig)
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := programs.Ensure(t.Context(), root, os.Stderr, programs.Prometheus, programs.SidecarProbe)
	if err != nil {
		t.Fatal(err)
	}

	startProgram(t, dir, paths[programs.Prometheus], "http://127.0.0.1:"+prometheusPort+"/-/ready",
		"--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address=127.0.0.1:"+prometheusPort)
	sidecar := []string{
		"SIDECAR_PROBE_SETTLE_TIME=0s", paths[programs.SidecarProbe],
		"--config-file=" + filepath.Join(dir, "sidecar.yml"),
		"--stackdriver.project-id=test",
		"--prometheus.wal-directory=" + filepath.Join(dir, "data", "wal"),
		"--prometheus.api-address=http://127.0.0.1:" + prometheusPort + "/",
		"--web.listen-address=127.0.0.1:" + sidecarPort,
		`--include={__name__=~"linkerd_job:.+"}`,
	}
	first := startProgram(t, dir, "/usr/bin/env", "http://127.0.0.1:"+sidecarPort+"/metrics", sidecar...)
	expectSeries(t, sidecarPort, prometheusPort)
	if _, err := os.Stat(filepath.Join(dir, "data", "wal", "stackdriver_sidecar.json")); err != nil {
		t.Errorf("the progress file: %v", err)
	}

	first.Stop()
	startProgram(t, dir, "/usr/bin/env", "http://127.0.0.1:"+sidecarPort+"/metrics", sidecar...)
	expectSeries(t, sidecarPort, prometheusPort)
}

// expectSeries waits until the sidecar has seen the recorded metric.
func expectSeries(t *testing.T, sidecarPort, prometheusPort string) {
	t.Helper()
	want := kubeclient.Series{
		Name:       "linkerd_job:scrapes:count",
		Labels:     map[string]string{"job": "prometheus", "instance": "127.0.0.1:" + prometheusPort, "svc": "web"},
		MetricType: "external.googleapis.com/prometheus/recorded_scrapes",
		Value:      "1",
	}
	err := kubeclient.Eventually(t.Context(), "the sidecar has seen the recorded series", func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+sidecarPort+"/series", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var series []kubeclient.Series
		if err := json.NewDecoder(response.Body).Decode(&series); err != nil {
			return err
		}
		for i := range series {
			series[i].Samples, series[i].Time = 0, want.Time
		}
		if diff := cmp.Diff([]kubeclient.Series{want}, series); diff != "" {
			return fmt.Errorf("series (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startProgram starts a program that ends with the test, and returns once it answers at
// the address.
func startProgram(t *testing.T, dir, path, address string, args ...string) *process.Process {
	t.Helper()
	started, err := process.Start(t.Context(), filepath.Join(dir, "logs"), filepath.Base(path), path, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Stop)
	err = started.AwaitReady(t.Context(), func(ctx context.Context) error { return httpget.OK(ctx, address) })
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePort returns a free port of the loopback interface, as flags have it.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := process.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

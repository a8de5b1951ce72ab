// Package exporter tests gcm-exporter as a process: between a real Prometheus, which
// scrapes simulated proxies, and an emulator of Google Cloud Monitoring. What becomes of a
// sample is tested beside the packages that decide it.
package exporter

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/httpget"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// built returns the paths of the programs, which are built once.
var built = sync.OnceValues(func() (map[string]string, error) {
	root, err := checkout.Root()
	if err != nil {
		return nil, err
	}
	return programs.Ensure(context.Background(), root, os.Stderr, programs.Prometheus, programs.GCMExporter)
})

// A rig is everything that a test needs around the exporter.
type rig struct {
	t        *testing.T
	paths    map[string]string
	folder   string
	mesh     *mesh
	emulator *gcmemulator.Emulator
	google   string
	// prometheus is the address of Prometheus, and flags are those of the exporter.
	prometheus string
	status     string
	flags      []string
	server     *process.Process
	starts     int
}

// newRig starts proxies, a Prometheus that scrapes them each second, and an emulator.
func newRig(t *testing.T, rules string, proxies int) *rig {
	t.Helper()
	if testing.Short() {
		t.Skip("-short builds no programs")
	}
	// These tests wait more than they compute.
	t.Parallel()
	paths, err := built()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, paths: paths, folder: t.TempDir(), mesh: newMesh(t, proxies), emulator: gcmemulator.New(gcmemulator.Options{}), prometheus: processtest.FreeAddress(t), status: processtest.FreeAddress(t)}
	t.Cleanup(r.tellLogs)
	r.serveGoogle()
	r.write("rules.yml", rules)
	r.write("prometheus.yml", fmt.Sprintf(configuration, r.path("rules.yml"), r.path("targets.json")))
	r.discover()
	r.startPrometheus()
	r.flags = []string{
		"--stackdriver.project-id=p", "--stackdriver.kubernetes.location=europe-west4", "--stackdriver.kubernetes.cluster-name=c",
		"--stackdriver.api-address=http://" + r.google + "/?auth=false", "--prometheus.api-address=http://" + r.prometheus + "/",
		"--prometheus.wal-directory=" + r.path("data/wal"), "--min-period=0s",
		`--include={__name__=~"response_.*|proxy:.*"}`,
	}
	return r
}

// configuration is Prometheus' own: its rules, and where its targets are.
const configuration = `
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
- job_name: linkerd-proxy
  file_sd_configs: [{files: [%q], refresh_interval: 1s}]
`

func (r *rig) path(name string) string { return filepath.Join(r.folder, name) }

func (r *rig) write(name, text string) {
	r.t.Helper()
	// Prometheus reads the file at any moment.
	if err := os.WriteFile(r.path(name+".new"), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(r.path(name+".new"), r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// discover tells Prometheus which proxies there are.
func (r *rig) discover() { r.t.Helper(); r.write("targets.json", r.mesh.targets()) }

func (r *rig) serveGoogle() {
	r.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.google = listener.Addr().String()
	go func() {
		if err := r.emulator.Serve(r.t.Context(), listener); err != nil {
			r.t.Error(err)
		}
	}()
}

func (r *rig) startPrometheus(flags ...string) {
	r.t.Helper()
	args := append([]string{"--config.file=" + r.path("prometheus.yml"), "--storage.tsdb.path=" + r.path("data"), "--web.listen-address=" + r.prometheus}, flags...)
	server, err := process.Start(r.t.Context(), r.path("logs"), "prometheus", r.paths[programs.Prometheus], args)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(server.Stop)
	r.server = server
	if err := server.AwaitReady(r.t.Context(), func(ctx context.Context) error { return httpget.OK(ctx, "http://"+r.prometheus+"/-/ready") }); err != nil {
		r.t.Fatal(err)
	}
}

// awaitExporter waits until the exporter runs: proxies that are born then are new to it.
func (r *rig) awaitExporter() {
	r.t.Helper()
	r.await("the exporter is up", time.Minute, func() bool { return httpget.OK(r.t.Context(), "http://"+r.status+"/-/healthy") == nil })
}

// get asks for a page, and decodes its JSON.
func get(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// scraped are the times and values of the samples of every series that a selector matches,
// as Prometheus has them.
func (r *rig) scraped(selector string) map[string][]sample {
	r.t.Helper()
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := get(r.t.Context(), "http://"+r.prometheus+"/api/v1/query?query="+url.QueryEscape(selector+"[1h]"), &answer); err != nil {
		r.t.Fatal(err)
	}
	all := map[string][]sample{}
	for _, s := range answer.Data.Result {
		for _, v := range s.Values {
			all[name(s.Metric)] = append(all[name(s.Metric)], sample{int64(v[0].(float64)*1000 + 0.5), fmt.Sprint(v[1])})
		}
	}
	return all
}

type sample struct {
	time  int64
	value string
}

// name is what a series is called in this package: metric, pod and code.
func name(labels map[string]string) string {
	return labels["__name__"] + "/" + labels["pod"] + "/" + labels["code"]
}

// startExporter starts the exporter with more flags than the rig's.
func (r *rig) startExporter(more ...string) *process.Process {
	r.t.Helper()
	r.starts++
	if !slices.ContainsFunc(more, func(flag string) bool { return strings.HasPrefix(flag, "--web.listen-address=") }) {
		more = append(more, "--web.listen-address="+r.status)
	}
	p, err := process.Start(r.t.Context(), r.path("logs"), fmt.Sprintf("exporter-%d", r.starts), r.paths[programs.GCMExporter], slices.Concat(r.flags, more))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(p.Stop)
	return p
}

// tellLogs shows what the last exporter has logged, where a test fails.
func (r *rig) tellLogs() {
	if !r.t.Failed() {
		return
	}
	text, err := os.ReadFile(filepath.Join(r.path("logs"), fmt.Sprintf("exporter-%d.log", r.starts)))
	r.t.Logf("the last exporter: %s %v", text, err)
}

// tellStatus shows what the exporter says of itself.
func (r *rig) tellStatus() {
	var status json.RawMessage
	err := get(r.t.Context(), "http://"+r.status+"/statusz.json", &status)
	r.t.Logf("the exporter's status: %s %v", status, err)
}

// kill ends a process without a chance to do anything.
func kill(t *testing.T, p *process.Process) {
	t.Helper()
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.Ended()
}

// await waits until a condition holds.
func (r *rig) await(what string, most time.Duration, holds func() bool) {
	r.t.Helper()
	deadline := time.After(most)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-deadline:
			r.tellStatus()
			r.t.Fatalf("%s did not happen within %s", what, most)
		case <-ticker.C:
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/scrapelog"
)

// The logs that the exporter reads: 20,000 series that were scraped 250 times, 10 s apart.
const (
	logScrapes  = 250
	logInterval = 10 * time.Second
	logTargets  = 100
	logSeries   = 200
	onePercent  = logTargets * logSeries / 100
	// 714 histograms of 28 series are nearly 20,000 series.
	histogramTargets, histogramsEach = 102, 7

	perMillion = 1e6
)

// What the exporter is told to export.
const (
	includeNone   = `{export="no"}`
	includeChosen = `{export="yes"}`
	includeAll    = `{__name__=~"load_.*"}`
)

// exporterBench measures gcm-exporter as a process, between a log that is written here and a
// Google that takes everything.
type exporterBench struct {
	program, dir string
	logs         int
}

// exporters measures all that the exporter costs.
func exporters(ctx context.Context, _, dir string, paths map[string]string) ([]figure, error) {
	b := &exporterBench{program: paths[programs.GCMExporter], dir: dir}
	var all []figure
	for _, measure := range []func(context.Context) ([]figure, error){b.backlogs, b.allocationsPerPoint, b.firstPoints, b.catchUp, b.idle} {
		figures, err := measure(ctx)
		if err != nil {
			return nil, fmt.Errorf("measuring gcm-exporter: %w", err)
		}
		all = append(all, figures...)
	}
	return all, nil
}

// A written log, and the API of the Prometheus that seems to have written it.
type written struct {
	*scrapelog.Log
	options scrapelog.Options
	folder  string
	api     *httptest.Server
}

// write makes a log. Its last samples have just been scraped.
func (b *exporterBench) write(options scrapelog.Options, scrapes int) (*written, error) {
	b.logs++
	w := &written{options: options, folder: filepath.Join(b.dir, fmt.Sprintf("log-%d", b.logs), "wal")}
	var err error
	if w.Log, err = scrapelog.Create(w.folder, options); err != nil {
		return nil, err
	}
	w.api = httptest.NewServer(w.Log)
	if err := w.Fill(scrapes, logInterval, time.Now()); err != nil {
		return nil, errors.Join(err, w.end())
	}
	return w, nil
}

// end ends the log and removes it.
func (w *written) end() error {
	w.api.Close()
	return errors.Join(w.Close(), os.RemoveAll(filepath.Dir(w.folder)))
}

// samples are how many the log holds, but for those that only say how a scrape went.
func (w *written) samples(scrapes int) float64 {
	return float64(scrapes * w.options.Targets * w.options.Series)
}

// command is the exporter with a log.
func (b *exporterBench) command(ctx context.Context, w *written, g *google, include string, more ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, b.program, append([]string{
		"--stackdriver.project-id=p", "--stackdriver.kubernetes.location=europe-west4", "--stackdriver.kubernetes.cluster-name=c",
		"--stackdriver.api-address=http://" + g.address + "/?auth=false", "--prometheus.api-address=" + w.api.URL,
		"--prometheus.wal-directory=" + w.folder, "--web.listen-address=127.0.0.1:0", "--max-series=0", "--include=" + include,
	}, more...)...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	return command
}

// ran is what one run of the exporter took.
type ran struct {
	seconds, wall, points, bytes float64
}

// once lets the exporter read a whole log, and returns what that took.
func (b *exporterBench) once(ctx context.Context, w *written, include string, delay time.Duration) (ran, error) {
	g, err := startGoogle(ctx, delay)
	if err != nil {
		return ran{}, err
	}
	defer g.stop()
	command := b.command(ctx, w, g, include, "--once")
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	if err := command.Start(); err != nil {
		return ran{}, err
	}
	peak := watchPeak(command.Process.Pid)
	err = command.Wait()
	wall := time.Since(began)
	if err != nil {
		return ran{}, fmt.Errorf("%w: %s", err, output.String())
	}
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	return ran{seconds: used.Seconds(), wall: wall.Seconds(), points: float64(g.points.Load()), bytes: peak()}, nil
}

// perMillion is the CPU time of a million points.
func (r ran) perMillion() float64 { return r.seconds / r.points * perMillion }

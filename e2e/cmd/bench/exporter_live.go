package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/scrapelog"
)

// firstPoints measures the time from the start of the exporter until Google has its first
// point, on a log of five million samples: without a state, and with one.
func (b *exporterBench) firstPoints(ctx context.Context) ([]figure, error) {
	w, err := b.write(counters, logScrapes)
	if err != nil {
		return nil, err
	}
	without, err := b.firstPoint(ctx, w)
	if err != nil {
		return nil, errors.Join(err, w.end())
	}
	if err := w.next(ctx); err != nil {
		return nil, errors.Join(err, w.end())
	}
	with, err := b.firstPoint(ctx, w)
	return []figure{
		{"exporter: start to first point without state, 5 M samples, 1 % selected", without, 3, seconds},
		{"  with state", with, 3, seconds},
	}, errors.Join(err, w.end())
}

// next scrapes all targets once more, when it is time.
func (w *written) next(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case now := <-time.After(logInterval):
		return w.Fill(1, logInterval, now)
	}
}

// firstPoint starts the exporter, and ends it when it has sent what there is.
func (b *exporterBench) firstPoint(ctx context.Context, w *written) (float64, error) {
	g, err := startGoogle(ctx, 0)
	if err != nil {
		return 0, err
	}
	defer g.stop()
	running, stop := context.WithCancel(ctx)
	defer stop()
	command := b.command(running, w, g, includeChosen)
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	var first time.Time
	select {
	case first = <-g.first:
	case <-time.After(time.Minute):
		return 0, errors.Join(errors.New("no point came within a minute"), b.finish(command, stop))
	}
	if err := g.quiet(ctx); err != nil {
		return 0, errors.Join(err, b.finish(command, stop))
	}
	return first.Sub(began).Seconds(), b.finish(command, stop)
}

// finish ends the exporter as Kubernetes does; it saves its state then.
func (b *exporterBench) finish(command *exec.Cmd, stop func()) error {
	stop()
	if err := command.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("ending %s: %w", filepath.Base(command.Path), err)
	}
	return nil
}

// What a Prometheus with 100,000 series writes at 10 s: 10,000 samples a second.
const (
	liveTargets = 1000
	liveSeries  = 100
	liveChosen  = 600
	warmUp      = 15 * time.Second
	watched     = time.Minute
)

// idle measures what the exporter costs beside a Prometheus that scrapes all the time.
func (b *exporterBench) idle(ctx context.Context) ([]figure, error) {
	w, err := b.write(scrapelog.Options{Type: model.MetricTypeGauge, Targets: liveTargets, Series: liveSeries, Chosen: liveChosen}, 1)
	if err != nil {
		return nil, err
	}
	g, err := startGoogle(ctx, 0)
	if err != nil {
		return nil, errors.Join(err, w.end())
	}
	defer g.stop()
	running, stop := context.WithCancel(ctx)
	defer stop()
	command := b.command(running, w, g, includeChosen)
	if err := command.Start(); err != nil {
		return nil, errors.Join(err, w.end())
	}
	used, err := b.live(ctx, w, command.Process.Pid)
	err = errors.Join(err, b.finish(command, stop), w.end())
	return []figure{{"exporter: idle at 10,000 samples/s, 600 selected, of a core", 100 * used.Seconds() / watched.Seconds(), 0.2, percent}}, err
}

// live scrapes a tenth of the targets each second, and returns the CPU time that the exporter
// takes meanwhile, without that of its start.
func (b *exporterBench) live(ctx context.Context, w *written, pid int) (time.Duration, error) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	const each = liveTargets / int(logInterval/time.Second)
	var before time.Duration
	for second := range int((warmUp + watched) / time.Second) {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case now := <-ticker.C:
			for i := range each {
				if err := w.Scrape((second*each+i)%liveTargets, now); err != nil {
					return 0, err
				}
			}
		}
		if second+1 == int(warmUp/time.Second) {
			used, err := cpuTime(pid)
			if err != nil {
				return 0, err
			}
			before = used
		}
	}
	used, err := cpuTime(pid)
	return used - before, err
}

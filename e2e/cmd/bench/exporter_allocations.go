package main

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"k8s.io/utils/clock"

	"github.com/linkerd-gcm/linkerd-gcm/exporter"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/targets"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// accepting is a sink that settles each point at once, and counts allocations once all series
// have had a point.
type accepting struct {
	*exporter.Printer
	settle   func([]cloudmonitoring.Outcome)
	outcomes [1]cloudmonitoring.Outcome

	points, from      int
	before, allocated uint64
}

// Add settles a point.
func (a *accepting) Add(_ context.Context, p points.Point) error {
	if a.points++; a.points == a.from {
		a.before = allocationsSoFar()
	}
	a.outcomes[0] = cloudmonitoring.Outcome{Point: p, Result: cloudmonitoring.Accepted}
	a.settle(a.outcomes[:])
	return nil
}

// Drain comes when the log has been read.
func (a *accepting) Drain(context.Context) error {
	if a.allocated == 0 {
		a.allocated = allocationsSoFar() - a.before
	}
	return nil
}

func allocationsSoFar() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// allocationsPerPoint measures what reading and deriving allocates, inside this process.
func (b *exporterBench) allocationsPerPoint(ctx context.Context) (_ []figure, err error) {
	w, err := b.write(counters, logScrapes)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.end()) }()
	client, err := targets.NewClient(w.api.URL)
	if err != nil {
		return nil, err
	}
	include, err := configuration.ParseSelector(includeAll)
	if err != nil {
		return nil, err
	}
	e, err := exporter.New(exporter.Options{
		Log: slog.New(slog.DiscardHandler), WAL: w.folder, Once: true, Clock: clock.RealClock{},
		Settings: configuration.Settings{
			Destination: configuration.CloudMonitoring, Project: "p", Location: "europe-west4", Cluster: "c", MetricsPrefix: monitoring.DefaultMetricsPrefix,
			MinPeriod: configuration.DefaultMinPeriod, MaxLabels: configuration.DefaultMaxLabels, Include: []configuration.Selector{include},
		},
		Targets: &targets.Poller{Client: client, Cache: targets.New(targets.Options{Pause: time.Second, Apart: time.Second, Now: time.Now})},
	})
	if err != nil {
		return nil, err
	}
	sink := &accepting{Printer: exporter.NewPrinter(nil, nil), settle: e.Settle, from: 2 * logTargets * logSeries}
	if err := e.Run(ctx, sink); err != nil {
		return nil, err
	}
	return []figure{{"exporter: allocations per point, without sending", float64(sink.allocated) / float64(sink.points-sink.from), 0.01, perPoint}}, nil
}

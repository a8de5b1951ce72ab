package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/scrapelog"
)

const (
	cpuPerMillion = "%.3f CPU s"
	megabytes     = "%.0f MB"
	seconds       = "%.2f s"
	percent       = "%.2f %%"
	perPoint      = "%.3f"
	bytesPerMB    = 1e6
)

// backlogs measures reading and exporting five million samples.
func (b *exporterBench) backlogs(ctx context.Context) ([]figure, error) {
	var all []figure
	for _, c := range []struct {
		what    string
		options scrapelog.Options
		include string
		figures func(ran, float64) []figure
	}{
		{"nothing selected", counters, includeNone, func(r ran, samples float64) []figure {
			return []figure{{"exporter: nothing selected, per million samples read", r.seconds / samples, 0.05, cpuPerMillion}}
		}},
		{"one percent selected", counters, includeChosen, func(r ran, samples float64) []figure {
			return []figure{
				{"exporter: 1 % selected, per million samples read", r.seconds / samples, 0.08, cpuPerMillion},
				{"  peak memory", r.bytes / bytesPerMB, 40, megabytes},
			}
		}},
		{"all counters", counters, includeAll, func(r ran, _ float64) []figure {
			return []figure{
				{"exporter: 20,000 counters, per million points", r.perMillion(), 2, cpuPerMillion},
				{"  peak memory", r.bytes / bytesPerMB, 100, megabytes},
			}
		}},
		{"all gauges", scrapelog.Options{Type: model.MetricTypeGauge, Targets: logTargets, Series: logSeries}, includeAll, func(r ran, _ float64) []figure {
			return []figure{{"exporter: 20,000 gauges, per million points", r.perMillion(), 2, cpuPerMillion}}
		}},
		{"all histograms", histograms, includeAll, func(r ran, _ float64) []figure {
			return []figure{{"exporter: 714 histograms, per million points", r.perMillion(), 6, cpuPerMillion}}
		}},
	} {
		w, err := b.write(c.options, logScrapes)
		if err != nil {
			return nil, err
		}
		r, err := b.once(ctx, w, c.include, 0)
		if err := errors.Join(err, w.end()); err != nil {
			return nil, fmt.Errorf("%s: %w", c.what, err)
		}
		all = append(all, c.figures(r, w.samples(logScrapes)/perMillion)...)
	}
	return all, nil
}

var (
	counters   = scrapelog.Options{Type: model.MetricTypeCounter, Targets: logTargets, Series: logSeries, Chosen: onePercent}
	histograms = scrapelog.Options{Type: model.MetricTypeHistogram, Targets: histogramTargets, Series: histogramsEach * scrapelog.HistogramSeries}
)

// catchUp measures how long an hour of 600 series takes where each answer takes 100 ms.
func (b *exporterBench) catchUp(ctx context.Context) ([]figure, error) {
	const hour = int(time.Hour / logInterval)
	w, err := b.write(scrapelog.Options{Type: model.MetricTypeCounter, Targets: 6, Series: 100}, hour)
	if err != nil {
		return nil, err
	}
	r, err := b.once(ctx, w, includeAll, 100*time.Millisecond)
	return []figure{{"exporter: catch-up after an hour, 600 series, 100 ms round trips", r.wall, 60, seconds}}, errors.Join(err, w.end())
}

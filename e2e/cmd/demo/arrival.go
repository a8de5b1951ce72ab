package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// showArrival waits for the first points, and shows one of each metric.
func (d *demo) showArrival(ctx context.Context) error {
	d.Tell("The points arrive.")
	begin := time.Now()
	var points []gcmemulator.Point
	err := d.await(ctx, "points in the emulator", func() (arrived bool, err error) {
		points, err = d.points(ctx)
		return len(points) > 0, err
	})
	if err != nil {
		return err
	}
	d.Line("the first are there after %s more; one of each metric:", time.Since(begin).Round(time.Second))
	shown := map[string]bool{}
	for _, p := range points {
		if !shown[p.Metric] {
			shown[p.Metric] = true
			d.Line("%s = %s, %s %s", p.Metric, amount(p.Value), p.Kind, p.ValueType)
			d.Line("    labels   %s", labels(p.MetricLabels))
			d.Line("    resource %s: %s", p.Resource, labels(p.ResourceLabels))
		}
	}
	return d.Stage.Run(ctx, "linkerd-gcm status")
}

func amount(v gcmemulator.Value) string {
	switch {
	case v.Distribution != nil:
		return fmt.Sprintf("%d requests, %.1f ms on average", v.Distribution.Count, float64(v.Distribution.Mean))
	case v.Double != nil:
		return fmt.Sprint(float64(*v.Double))
	}
	return "?"
}

func labels(all map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return strings.Join(pairs, " ")
}

// faults is where the API server leads to the emulator's faults.
const faults = "/api/v1/namespaces/google/services/google:web/proxy/faults"

// outage is how long Google is away: several scrapes.
const outage = 35 * time.Second

func (d *demo) showOutage(ctx context.Context) error {
	d.Tell(fmt.Sprintf("Google goes away, for %s: it answers each request with UNAVAILABLE.", outage))
	before, err := d.counts(ctx)
	if err != nil {
		return err
	}
	if err := d.Stage.Run(ctx, fmt.Sprintf(`echo '[{"kind": "unavailable"}]' | kubectl replace --raw %s -f -`, faults)); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(outage):
	}
	after, err := d.counts(ctx)
	if err != nil {
		return err
	}
	d.Line("the emulator was asked %d times, and accepted %d points", after.Requests-before.Requests, after.Accepted-before.Accepted)
	return d.Stage.Run(ctx, "linkerd-gcm status || true")
}

// showReturn waits until points of after the outage are there, and compares.
func (d *demo) showReturn(ctx context.Context) error {
	d.Tell("Google comes back. Prometheus' log has kept everything; the exporter goes on where it was.")
	returned := time.Now()
	if err := d.Stage.Run(ctx, "kubectl delete --raw "+faults); err != nil {
		return err
	}
	away, err := d.counts(ctx)
	if err != nil {
		return err
	}
	var points []gcmemulator.Point
	err = d.await(ctx, "points of after the outage", func() (arrived bool, err error) {
		points, err = d.points(ctx)
		return len(points) > 0 && points[len(points)-1].End > returned.UnixMilli(), err
	})
	if err != nil {
		return err
	}
	d.Line("points of now are there after %s", time.Since(returned).Round(time.Second))
	counts, err := d.counts(ctx)
	if err != nil {
		return err
	}
	if err := d.Stage.Run(ctx, "linkerd-gcm status"); err != nil {
		return err
	}
	series, longest := gaps(points)
	d.Line("Nothing is missing. The emulator has %d points of %d series, and has refused %d since. Prometheus scrapes every 10s, and",
		counts.Accepted, series, counts.Refused-away.Refused)
	d.Line("the longest time between two points of a series is %s, although Google was away for %s.", longest.Round(time.Second), outage)
	return nil
}

// gaps returns the number of series, and the longest time between two points of one.
func gaps(points []gcmemulator.Point) (series int, longest time.Duration) {
	last := map[string]int64{}
	for _, p := range points {
		name := p.Metric + labels(p.MetricLabels) + labels(p.ResourceLabels)
		if before, seen := last[name]; seen {
			longest = max(longest, time.Duration(p.End-before)*time.Millisecond)
		}
		last[name] = p.End
	}
	return len(last), longest
}

// points are all that the emulator has accepted, in that order.
func (d *demo) points(ctx context.Context) ([]gcmemulator.Point, error) {
	text, err := d.get(ctx, "points")
	if err != nil {
		return nil, err
	}
	return gcmemulator.ReadPoints(strings.NewReader(text))
}

func (d *demo) counts(ctx context.Context) (counts gcmemulator.Counts, err error) {
	text, err := d.get(ctx, "counts")
	if err == nil {
		err = json.Unmarshal([]byte(text), &counts)
	}
	return counts, err
}

// get reads a page of the emulator.
func (d *demo) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.page+path, nil)
	if err != nil {
		return "", fmt.Errorf("asking the emulator: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("asking the emulator: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	if err != nil {
		return "", fmt.Errorf("asking the emulator for %s%s: %w", d.page, path, err)
	}
	return string(text), nil
}

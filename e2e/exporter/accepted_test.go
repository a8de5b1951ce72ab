package exporter

import (
	"math"
	"path"
	"slices"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// A point is what the emulator has accepted, as far as the tests look at it.
type point struct {
	start, end int64
	value      float64
}

func (p point) cumulative() bool { return p.start != 0 && p.start < p.end }

// accepted are the points of every series, in the order in which they were accepted.
func accepted(e *gcmemulator.Emulator) map[key][]point {
	all := map[key][]point{}
	for _, a := range e.Accepted(0) {
		p := point{end: a.Point.GetInterval().GetEndTime().AsTime().UnixMilli(), value: a.Point.GetValue().GetDoubleValue()}
		if d := a.Point.GetValue().GetDistributionValue(); d != nil {
			p.value = float64(d.GetCount())
		}
		if start := a.Point.GetInterval().GetStartTime(); start != nil {
			p.start = start.AsTime().UnixMilli()
		}
		of := keyOf(a)
		all[of] = append(all[of], p)
	}
	return all
}

// increments is what the points of a series add up to: the last value under each start.
func increments(points []point) float64 {
	total := 0.0
	for i, p := range points {
		if i+1 == len(points) || points[i+1].start != p.start {
			total += p.value
		}
	}
	return total
}

// checkOrder fails where points are not in order, or written twice, or fall.
func checkOrder(t *testing.T, of key, points []point) {
	t.Helper()
	for i := 1; i < len(points); i++ {
		before, now := points[i-1], points[i]
		switch {
		case now.end <= before.end:
			t.Errorf("%v: a point at %d follows one at %d", of, now.end, before.end)
		case now.cumulative() && now.start == before.start && now.value < before.value:
			t.Errorf("%v: the value falls from %g to %g at %d under one start", of, before.value, now.value, now.end)
		case now.cumulative() && now.start != before.start && now.start < before.end:
			t.Errorf("%v: the start %d is before the end %d of another", of, now.start, before.end)
		}
	}
}

// checkSums compares what arrived with the truth.
func checkSums(t *testing.T, truth map[key]float64, arrived map[key][]point, scraped map[string][]sample) {
	t.Helper()
	for of, want := range truth {
		if got := increments(arrived[of]); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v: %g have arrived, %g were counted\narrived: %v\nscraped: %v", of, got, want, arrived[of], scraped[of.series()])
		}
	}
}

// checkGaps fails where a sample of Prometheus up to a time has no point, except for the
// first few, which may be anchors.
func checkGaps(t *testing.T, of key, samples []sample, points []point, until int64) {
	t.Helper()
	for _, s := range samples {
		if len(points) > 0 && s.time > points[0].end && s.time <= until && !slices.ContainsFunc(points, func(p point) bool { return p.end == s.time }) {
			t.Errorf("%v: the sample at %d has no point", of, s.time)
		}
	}
}

// keyOf names a series of Google's as the mesh does.
func keyOf(a gcmemulator.Accepted) key {
	metric := a.Series.GetMetric()
	return key{path.Base(metric.GetType()), a.Series.GetResource().GetLabels()["pod_name"], metric.GetLabels()["code"]}
}

package exporter

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"

	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
)

// segmentSize is small, so that a log of some hours has several segments.
const segmentSize = 4 * 32 << 10

// A prometheusLog is a log that Prometheus' own writer writes: of pods, each with the series
// up, requests_total (a counter), load (a gauge) and idle, which is not selected and rises as
// requests_total does.
type prometheusLog struct {
	t        *testing.T
	dir      string
	log      *wlog.WL
	encoder  record.Encoder
	pods     []*pod
	selected uint64
}

type pod struct {
	name  string
	first chunks.HeadSeriesRef
	named bool
	count float64
	// scrapes are the times of all scrapes, and counts the counter at each.
	scrapes []int64
	counts  []float64
}

var podSeries = []string{"up", "requests_total", "load", "idle"}

func newPrometheusLog(t *testing.T, dir string, pods int) *prometheusLog {
	t.Helper()
	l := &prometheusLog{t: t, dir: dir}
	for range pods {
		l.birth()
	}
	l.open()
	t.Cleanup(func() { _ = l.log.Close() }) // A test may have closed it.
	return l
}

func (l *prometheusLog) open() {
	l.t.Helper()
	opened, err := wlog.NewSize(nil, nil, l.dir, segmentSize, wlog.CompressionSnappy)
	if err != nil {
		l.t.Fatal(err)
	}
	l.log = opened
}

// birth adds a pod.
func (l *prometheusLog) birth() *pod {
	n := len(l.pods)
	l.pods = append(l.pods, &pod{name: fmt.Sprintf("web-%03d", n), first: chunks.HeadSeriesRef(1 + n*len(podSeries))})
	return l.pods[n]
}

func (l *prometheusLog) names() []string {
	var names []string
	for _, p := range l.pods {
		names = append(names, p.name)
	}
	return names
}

func (l *prometheusLog) write(records ...[]byte) {
	l.t.Helper()
	if err := l.log.Log(records...); err != nil {
		l.t.Fatal(err)
	}
}

// scrape writes what Prometheus writes when all pods are scraped.
func (l *prometheusLog) scrape(now time.Time) {
	l.t.Helper()
	for _, p := range l.pods {
		if !p.named {
			l.write(l.encoder.Series(p.series(), nil))
			p.named = true
		}
		p.count += 1 + float64(len(p.scrapes)%7)
		at := now.UnixMilli()
		p.scrapes, p.counts = append(p.scrapes, at), append(p.counts, p.count)
		l.write(l.encoder.Samples([]record.RefSample{{Ref: p.first, T: at, V: 1}, {Ref: p.first + 1, T: at, V: p.count},
			{Ref: p.first + 2, T: at, V: float64(len(p.scrapes) % 11)}, {Ref: p.first + 3, T: at, V: p.count}}, nil))
		l.selected += 2
	}
}

func (p *pod) series() []record.RefSeries {
	var all []record.RefSeries
	for i, name := range podSeries {
		all = append(all, record.RefSeries{Ref: p.first + chunks.HeadSeriesRef(i), Labels: labels.FromStrings("__name__", name, "job", "web", "instance", p.name)})
	}
	return all
}

// newest is the time of the last scrape.
func (l *prometheusLog) newest() time.Time {
	all := l.pods[0].scrapes
	return time.UnixMilli(all[len(all)-1])
}

// truncate does what Prometheus does every two hours: it makes a checkpoint of all segments
// but the last ones, without the samples before a time.
func (l *prometheusLog) truncate(before time.Time) {
	l.t.Helper()
	first, last, err := wlog.Segments(l.dir)
	if err != nil {
		l.t.Fatal(err)
	}
	keep := func(chunks.HeadSeriesRef) bool { return true }
	if _, err := wlog.Checkpoint(quiet{}, l.log, first, last-1, keep, before.UnixMilli()); err != nil {
		l.t.Fatal(err)
	}
	if err := l.log.Truncate(last); err != nil {
		l.t.Fatal(err)
	}
	if err := wlog.DeleteCheckpoints(l.dir, last-1); err != nil {
		l.t.Fatal(err)
	}
}

// quiet is a log that nobody reads.
type quiet struct{}

func (quiet) Log(...any) error { return nil }

// A point is what the emulator has accepted, as far as the tests look at it.
type point struct {
	start, end int64
	value      float64
}

// arrived are the points of each series, by metric and pod, in the order of acceptance.
func arrived(e *gcmemulator.Emulator) map[string][]point {
	all := map[string][]point{}
	for _, a := range e.Accepted(0) {
		p := point{end: a.Point.GetInterval().GetEndTime().AsTime().UnixMilli(), value: a.Point.GetValue().GetDoubleValue()}
		if start := a.Point.GetInterval().GetStartTime(); start != nil {
			p.start = start.AsTime().UnixMilli()
		}
		name := path.Base(a.Series.GetMetric().GetType()) + "/" + a.Series.GetResource().GetLabels()["pod_name"]
		all[name] = append(all[name], p)
	}
	return all
}

// checkOrder fails where a series' points are not in order, or were written twice, or fall.
func checkOrder(t *testing.T, all map[string][]point) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		points := all[name]
		for i := 1; i < len(points); i++ {
			before, now := points[i-1], points[i]
			counts := now.start != 0 && now.start < now.end
			switch {
			case now.end <= before.end:
				t.Errorf("%s: a point at %d follows one at %d", name, now.end, before.end)
			case counts && now.start == before.start && now.value < before.value:
				t.Errorf("%s: the value falls from %g to %g under one start", name, before.value, now.value)
			case counts && now.start != before.start && now.start < before.end:
				t.Errorf("%s: the start %d is before the end %d of another", name, now.start, before.end)
			}
		}
	}
}

// checkSums fails unless the increments of each requests_total, from its anchor on, have
// arrived.
func (l *prometheusLog) checkSums(all map[string][]point) {
	l.t.Helper()
	l.checkSumsOf(all, "requests_total")
}

func (l *prometheusLog) checkSumsOf(all map[string][]point, metric string) {
	l.t.Helper()
	for _, p := range l.pods {
		got := 0.0
		points := all[metric+"/"+p.name]
		for i, one := range points {
			if i+1 == len(points) || points[i+1].start != one.start {
				got += one.value
			}
		}
		if len(points) == 0 {
			l.t.Errorf("%s: nothing has arrived", p.name)
			continue
		}
		anchor := slices.Index(p.scrapes, points[0].start)
		if anchor < 0 {
			l.t.Errorf("%s: the first start is at %d, where there is no scrape", p.name, points[0].start)
			continue
		}
		if want := p.count - p.counts[anchor]; math.Abs(got-want) > 1e-9 {
			l.t.Errorf("%s: %g have arrived, %g were counted", p.name, got, want)
		}
	}
}

// checkGaps fails where a scrape since a time has no point of a metric.
func (l *prometheusLog) checkGaps(all map[string][]point, metric string, since time.Time) {
	l.t.Helper()
	for _, p := range l.pods {
		have := map[int64]bool{}
		for _, one := range all[metric+"/"+p.name] {
			have[one.end] = true
		}
		for _, at := range p.scrapes {
			if at >= since.UnixMilli() && !have[at] {
				l.t.Errorf("%s of %s: the sample at %s has no point", metric, p.name, time.UnixMilli(at).UTC())
			}
		}
	}
}

// tear ends the newest segment as a crash of Prometheus does, and begins another one.
func (l *prometheusLog) tear() {
	l.t.Helper()
	_, last, err := wlog.Segments(l.dir)
	if err != nil {
		l.t.Fatal(err)
	}
	try(l.t, l.log.Close())
	file, err := os.OpenFile(wlog.SegmentName(l.dir, last), os.O_APPEND|os.O_WRONLY, 0)
	try(l.t, err)
	_, err = file.Write([]byte{1, 1, 0, 0, 0, 0, 0, 7})
	try(l.t, err)
	try(l.t, file.Close())
	l.open()
}

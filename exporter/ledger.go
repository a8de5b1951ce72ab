package exporter

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// A Tally counts samples by what became of their points.
type Tally map[Fate]uint64

// A Fate is what became of a point, and why; the reason is "" where there is none.
type Fate struct {
	Result cloudmonitoring.Result
	Reason string
}

func (t Tally) add(other Tally) {
	for fate, samples := range other {
		t[fate] += samples
	}
}

// fateOf is what became of a point. One whose start Google refuses is dropped: its series
// gets another start, and the point is not sent again.
func fateOf(o *cloudmonitoring.Outcome) Fate {
	if o.Result == cloudmonitoring.Reanchor {
		return Fate{cloudmonitoring.Dropped, o.Reason}
	}
	return Fate{o.Result, o.Reason}
}

// epoch counts the points between two barriers.
type epoch struct {
	pending int
	samples uint64
	tally   Tally
}

// How many minutes the status page looks back: for its graph, and for the points of a metric,
// of which the minute that is now is not whole.
const (
	graphMinutes  = 60
	metricMinutes = 6
)

// A ledger knows what became of each point. It is safe for concurrent use.
type ledger struct {
	now func() time.Time

	mu sync.Mutex
	// settled has the points of all epochs that are closed, and open those that are not.
	settled Tally
	open    map[uint64]*epoch
	current uint64
	metrics map[string]*metricStatus
	graph   perMinute[status.Minute]

	lastAccepted time.Time
}

// metricStatus is what the status page shows of a metric.
type metricStatus struct {
	kind, value string
	series      map[series.Identity]int64
	last        points.Value
	lastEnd     int64
	// accepted has the points of the last minutes.
	accepted perMinute[uint64]
}

func newLedger(now func() time.Time) *ledger {
	return &ledger{now: now, settled: Tally{}, open: map[uint64]*epoch{0: {tally: Tally{}}}, metrics: map[string]*metricStatus{},
		graph: newPerMinute[status.Minute](graphMinutes)}
}

// emitted takes down a point that is handed on, and returns the epoch that it belongs to.
func (l *ledger) emitted(p points.Point) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.open[l.current]
	e.pending++
	e.samples += uint64(p.Samples)
	return l.current
}

// turn begins a new epoch, and returns the one that ends.
func (l *ledger) turn() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := l.current
	l.current++
	l.open[l.current] = &epoch{tally: Tally{}}
	return ended
}

// closeUpTo closes all epochs up to one if each of their points is settled, and returns the
// tally of all that are closed.
func (l *ledger) closeUpTo(last uint64) (Tally, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, e := range l.open {
		if n <= last && e.pending > 0 {
			return nil, false
		}
	}
	for n, e := range l.open {
		if n <= last {
			l.settled.add(e.tally)
			delete(l.open, n)
		}
	}
	return maps.Clone(l.settled), true
}

// totals returns the tally of all points that are settled, and the samples of those that
// are not.
func (l *ledger) totals() (Tally, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tally, underWay := maps.Clone(l.settled), uint64(0)
	for _, e := range l.open {
		tally.add(e.tally)
		underWay += e.samples
	}
	return tally, underWay
}

// restore begins with the tally of an earlier run.
func (l *ledger) restore(tally Tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled.add(tally)
}

// settle takes down what became of points.
func (l *ledger) settle(outcomes []cloudmonitoring.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for len(outcomes) > 0 {
		same := alike(outcomes)
		outcomes = outcomes[len(same):]
		samples := uint64(0)
		for i := range same {
			samples += uint64(same[i].Point.Samples)
			l.show(&same[i], now)
		}
		e := l.open[same[0].Point.Epoch]
		e.pending -= len(same)
		e.samples -= samples
		e.tally[fateOf(&same[0])] += samples
	}
}

// alike returns the first outcomes, as many as share epoch and fate: mostly all of a request.
func alike(outcomes []cloudmonitoring.Outcome) []cloudmonitoring.Outcome {
	first := &outcomes[0]
	n := slices.IndexFunc(outcomes, func(o cloudmonitoring.Outcome) bool {
		return o.Point.Epoch != first.Point.Epoch || fateOf(&o) != fateOf(first)
	})
	if n < 0 {
		return outcomes
	}
	return outcomes[:n]
}

// show keeps what the status page shows.
func (l *ledger) show(o *cloudmonitoring.Outcome, now time.Time) {
	m := l.metrics[o.Point.Series.MetricType]
	if m == nil {
		m = &metricStatus{kind: string(o.Point.Series.Kind), value: string(o.Point.Series.Value), series: map[series.Identity]int64{},
			accepted: newPerMinute[uint64](metricMinutes)}
		l.metrics[o.Point.Series.MetricType] = m
	}
	bar := l.graph.at(now)
	if o.Result == cloudmonitoring.Accepted || o.Result == cloudmonitoring.WrittenBefore {
		bar.Accepted++
		l.lastAccepted = now
		m.series[o.Point.Series.Identity] = now.UnixMilli()
		if o.Point.End >= m.lastEnd {
			m.last, m.lastEnd = o.Point.Value, o.Point.End
		}
		*m.accepted.at(now)++
		return
	}
	bar.Refused++
}

// rate is how many points were accepted in a minute, by the last whole ones.
func (m *metricStatus) rate(now time.Time) float64 {
	whole := m.accepted.all(now)[:metricMinutes-1]
	total := uint64(0)
	for _, accepted := range whole {
		total += accepted
	}
	return float64(total) / float64(len(whole))
}

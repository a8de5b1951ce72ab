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

// minutes is how long the graph of the status page looks back.
const minutes = 60

// A ledger knows what became of each point. It is safe for concurrent use.
type ledger struct {
	now func() time.Time

	mu sync.Mutex
	// settled has the points of all epochs that are closed, and open those that are not.
	settled Tally
	open    map[uint64]*epoch
	current uint64
	metrics map[string]*metricStatus
	minutes [minutes]status.Minute
	minute  int64

	lastAccepted time.Time
}

// metricStatus is what the status page shows of a metric.
type metricStatus struct {
	kind, value string
	series      map[series.Identity]int64
	last        points.Value
	lastEnd     int64
	refusal     string
	// accepted has the points of the last minutes.
	accepted [6]uint64
	minute   int64
}

func newLedger(now func() time.Time) *ledger {
	return &ledger{now: now, settled: Tally{}, open: map[uint64]*epoch{0: {tally: Tally{}}}, metrics: map[string]*metricStatus{}}
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

// upTo returns the tally of all epochs up to one, and whether each of their points is
// settled.
func (l *ledger) upTo(last uint64) (Tally, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tally := maps.Clone(l.settled)
	for n, e := range l.open {
		if n > last {
			continue
		}
		if e.pending > 0 {
			return nil, false
		}
		tally.add(e.tally)
	}
	return tally, true
}

// close forgets epochs, all of whose points are settled.
func (l *ledger) close(last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, e := range l.open {
		if n <= last {
			l.settled.add(e.tally)
			delete(l.open, n)
		}
	}
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
		m = &metricStatus{kind: string(o.Point.Series.Kind), value: string(o.Point.Series.Value), series: map[series.Identity]int64{}}
		l.metrics[o.Point.Series.MetricType] = m
	}
	bar := l.bar(now)
	if o.Result == cloudmonitoring.Accepted || o.Result == cloudmonitoring.WrittenBefore {
		bar.Accepted++
		l.lastAccepted = now
		m.series[o.Point.Series.Identity] = now.UnixMilli()
		if o.Point.End >= m.lastEnd {
			m.last, m.lastEnd = o.Point.Value, o.Point.End
		}
		m.count(now)
		return
	}
	bar.Refused++
	if o.Message != "" {
		m.refusal = o.Message
	}
}

// bar returns the minute of the graph that is now; those between are empty.
func (l *ledger) bar(now time.Time) *status.Minute {
	for minute := now.Unix() / 60; l.minute < minute; {
		l.minute = max(l.minute+1, minute-minutes)
		l.minutes[l.minute%minutes] = status.Minute{}
	}
	return &l.minutes[l.minute%minutes]
}

// graph returns the last hour, the oldest minute first.
func (l *ledger) graph() []status.Minute {
	l.bar(l.now())
	first := int((l.minute + 1) % minutes)
	return append(slices.Clone(l.minutes[first:]), l.minutes[:first]...)
}

func (m *metricStatus) count(now time.Time) {
	const bars = int64(len(m.accepted))
	for minute := now.Unix() / 60; m.minute < minute; {
		m.minute = max(m.minute+1, minute-bars)
		m.accepted[m.minute%bars] = 0
	}
	m.accepted[m.minute%bars]++
}

// perMinute is the mean of the last whole minutes.
func (m *metricStatus) perMinute(now time.Time) float64 {
	const bars = int64(len(m.accepted))
	total, this := uint64(0), now.Unix()/60
	for minute := this - bars + 1; minute < this; minute++ {
		if minute <= m.minute && minute > m.minute-bars {
			total += m.accepted[minute%bars]
		}
	}
	return float64(total) / float64(bars-1)
}

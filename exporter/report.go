package exporter

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// notRunning is what Report says before Run.
const notRunning = "starting"

// Report says what the exporter does at this moment.
func (e *Exporter) Report() status.Report {
	now := e.options.Clock.Now()
	s := e.options.Settings
	r := status.Report{Version: e.options.Version, Started: e.started, Now: now,
		Destination: status.Destination{Name: string(s.Destination), Project: s.Project, Location: s.Location, Cluster: s.Cluster, Address: e.options.Address}}
	e.progress.report(&r, e.options.WAL)
	r.Log.Unread = e.unread()
	e.api.report(&r)
	e.reload.report(&r)
	dropped, examples := e.progress.account(&r)
	e.ledger.report(&r, now)
	r.NotReady = notRunning
	var refused map[string][]string
	if sink := e.running.Load(); sink != nil {
		refused = (*sink).Report(&r)
	}
	r.Reasons = reasons(dropped, e.progress.lastNotExported(), examples, refused)
	e.saver.report(&r)
	r.Healthy, r.Unhealthy = e.healthy(now, r.Log.Unread)
	return r
}

// healthy is false only where the reader has something to do, nobody to wait for, and does
// nothing.
func (e *Exporter) healthy(now time.Time, unread int64) (bool, string) {
	idle, waits := e.progress.idle(now)
	if waits || e.api.isWaitedFor() || idle < stuckAfter || unread == 0 {
		return true, ""
	}
	return false, fmt.Sprintf("the reader has not moved for %s, though %d bytes of the log are unread", idle.Round(time.Second), unread)
}

// unread is how many bytes of the log have not been read; 0 if that cannot be said.
func (e *Exporter) unread() int64 {
	position, atEnd := e.progress.place()
	if atEnd {
		return 0
	}
	bytes, err := wal.Unread(e.options.WAL, position)
	if err != nil {
		return 0 // The reader says what is wrong with the log.
	}
	return bytes
}

// place is the position up to which all was applied, and whether the log ended there.
func (p *progress) place() (wal.Position, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position, p.atEnd
}

// idle is how long the reader has not moved, and whether it waits for room in the queue.
func (p *progress) idle(now time.Time) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	full := p.full.Load() // first: what has just been handed on is seen below
	if handed := p.handed.Load(); handed != p.seenHanded {
		p.moved, p.seenHanded = now, handed
	}
	return now.Sub(p.moved), full
}

func (a *api) isWaitedFor() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waits
}

// account fills in what became of samples, and returns how many are not exported, by
// reason, with examples. Those that were derived and whose point is not settled wait for
// Google.
func (p *progress) account(r *status.Report) (map[string]uint64, map[string][]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	derived := p.counts
	outcomes := map[string]uint64{"anchor": derived.Anchors, "held": derived.Held, "stale": derived.Stale, "waiting": derived.Waiting + p.underWay}
	for _, n := range derived.Dropped {
		outcomes[string(cloudmonitoring.Dropped)] += n
	}
	for fate, n := range p.tally {
		outcomes[string(fate.Result)] += n
	}
	r.Selected, r.Samples = derived.Selected, amounts(outcomes)
	r.Outside = amounts(map[string]uint64{"unknown_series": derived.UnknownSeries, "held_lost": derived.HeldLost})
	r.HeldLost = derived.HeldLostAmount
	return p.notExported(), maps.Clone(p.examples)
}

// notExported is how many samples are not exported, by reason; the lock is held.
func (p *progress) notExported() map[string]uint64 {
	counts := map[string]uint64{}
	for reason, n := range p.counts.Dropped {
		counts[string(reason)] += n
	}
	for fate, n := range p.tally {
		if fate.Result != cloudmonitoring.Accepted && fate.Result != cloudmonitoring.WrittenBefore {
			counts[fate.Reason] += n
		}
	}
	return counts
}

// lastNotExported is when a sample was not exported last, by reason.
func (p *progress) lastNotExported() map[string]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.grown.last)
}

func (p *progress) report(r *status.Report, directory string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Log = status.Log{Directory: directory, Segment: p.position.Segment, Offset: p.position.Offset, Samples: p.all, Error: p.readError}
	if p.newest != 0 {
		r.Log.Newest = time.UnixMilli(p.newest)
	}
	r.Log.Damage = amounts(map[string]uint64{
		"pages": p.log.DamagedPages, "records": p.log.BrokenRecords, "torn_tails": p.log.TornTails, "missing_segments": p.log.MissingSegments,
		"restarts": p.log.Restarts, "undecodable_records": p.bad,
	})
	unknown := map[string]uint64{}
	for kind, n := range p.log.Unknown {
		unknown[fmt.Sprint(kind)] = n
	}
	r.Log.Unknown = amounts(unknown)
	for why, lost := range p.lost {
		r.Log.LostSeconds = append(r.Log.LostSeconds, status.Amount{Name: why, Count: lost.Seconds()})
	}
	slices.SortFunc(r.Log.LostSeconds, byName)
}

func byName(a, b status.Amount) int { return cmp.Compare(a.Name, b.Name) }

// amounts lists what is above 0, by name.
func amounts(counts map[string]uint64) []status.Amount {
	var list []status.Amount
	for name, n := range counts {
		if n > 0 {
			list = append(list, status.Amount{Name: name, Count: float64(n)})
		}
	}
	slices.SortFunc(list, byName)
	return list
}

func (a *api) report(r *status.Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	cache := a.options.Targets.Cache
	awaited, _ := cache.Awaited()
	r.Prometheus = status.Peer{Address: a.options.PrometheusAddress, LastSuccess: a.lastSuccess, LastError: a.lastError, Targets: cache.Len(), Awaited: awaited}
}

func (l *reload) report(r *status.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	effect := l.effect(l.inUse)
	r.Configuration = status.Configuration{Case: string(effect.Case), Applies: effect.Case.Words(), File: l.path, Absent: !l.inUse.there(), Loaded: l.loaded}
	if l.err != nil {
		r.Configuration.Error = l.err.Error()
	}
}

// report fills in what is known of metrics.
func (l *ledger) report(r *status.Report, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Metrics = l.list(now)
	r.Minutes = l.graph.all(now)
	r.Google.LastAccepted = l.lastAccepted
}

// reasons lists the reasons for which samples are not exported, in the order of their
// tables.
func reasons(dropped map[string]uint64, last map[string]time.Time, examples ...map[string][]string) []status.Reason {
	var list []status.Reason
	for _, known := range reasonTable() {
		if known.Count = dropped[known.Name]; known.Count == 0 {
			continue
		}
		known.Last = last[known.Name]
		for _, some := range examples {
			known.Examples = append(known.Examples, some[known.Name]...)
		}
		list = append(list, known)
	}
	return list
}

// reasonTable has the reasons of both tables: those why nothing is sent, and those of Google.
func reasonTable() []status.Reason {
	var table []status.Reason
	for _, r := range series.Reasons {
		table = append(table, status.Reason{Name: string(r.Reason), Meaning: r.Meaning, Fix: r.Fix, Expected: r.Reason.Expected()})
	}
	for _, r := range cloudmonitoring.Reasons {
		if r.Result != "" {
			table = append(table, status.Reason{Name: r.ID, Meaning: r.Meaning, Fix: r.Fix, Refused: r.Result == cloudmonitoring.Refused})
		}
	}
	return table
}

// shownFor is how long a series counts among those of its metric after its last point.
const shownFor = 10 * time.Minute

func (l *ledger) list(now time.Time) []status.Metric {
	var list []status.Metric
	for _, name := range slices.Sorted(maps.Keys(l.metrics)) {
		m := l.metrics[name]
		maps.DeleteFunc(m.series, func(_ series.Identity, last int64) bool { return last < now.Add(-shownFor).UnixMilli() })
		list = append(list, status.Metric{Type: name, Kind: m.kind, Value: m.value, Series: len(m.series), PointsPerMinute: m.rate(now),
			LastValue: m.lastValue()})
	}
	return list
}

func (m *metricStatus) lastValue() string {
	switch {
	case m.lastEnd == 0:
		return ""
	case m.last.Distribution != nil:
		return fmt.Sprintf("%d values, mean %.4g", m.last.Distribution.Count, m.last.Distribution.Mean)
	case m.value == string(monitoring.Int64):
		return fmt.Sprint(m.last.Int64)
	}
	if v := m.last.Double; v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.5g", m.last.Double)
}

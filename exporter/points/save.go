package points

import (
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// A saver finds the places of things in the lists of a snapshot.
type saver struct {
	targets    map[*target]int
	streams    map[*stream]int
	groups     map[*group]int
	histograms map[*classic]int
}

// place returns where a thing is, or -1 for none.
func place[T comparable](places map[T]int, thing T) int {
	if at, found := places[thing]; found {
		return at
	}
	return -1
}

func placesOf[T comparable](places map[T]int, things []T) []int {
	if len(things) == 0 {
		return nil
	}
	all := make([]int, 0, len(things))
	for _, thing := range things {
		all = append(all, place(places, thing))
	}
	return all
}

func number[T comparable](things []T) map[T]int {
	places := make(map[T]int, len(things))
	for i, thing := range things {
		places[thing] = i
	}
	return places
}

// Snapshot returns all that the derivation knows, between two records.
func (d *Derivation) Snapshot() *Snapshot {
	targets, streams, groups := d.sortedTargets(), d.sortedStreams(), d.sortedGroups()
	histograms := d.sortedHistograms()
	to := saver{number(targets), number(streams), number(groups), number(histograms)}
	s := &Snapshot{
		Configuration: d.resolver.Configuration(), Horizon: d.options.Horizon,
		Record: d.record, Lost: d.lost, Now: d.now, Again: d.again, Interval: d.interval, Swept: d.swept,
		Active: d.limits.active, Counted: d.limits.counted, Inputs: d.limits.inputs,
		Counts: d.counts.clone(), Seen: runsOf(&d.seen),
		Streams: make([]StreamState, 0, len(streams)), Sources: make([]SourceState, 0, len(d.sources)),
	}
	for _, t := range targets {
		s.Targets = append(s.Targets, t.save())
	}
	for _, st := range streams {
		s.Streams = append(s.Streams, st.save())
	}
	for _, g := range groups {
		s.Groups = append(s.Groups, to.group(g))
	}
	for _, h := range histograms {
		s.Histograms = append(s.Histograms, to.histogram(h))
	}
	for _, key := range slices.Sorted(maps.Keys(d.sources)) {
		s.Sources = append(s.Sources, to.source(d.sources[key]))
	}
	for _, o := range d.open {
		if o.waits() {
			s.Open = append(s.Open, OpenState{to.histograms[o.histogram], o.time})
		}
	}
	return s
}

// runsOf returns the members of a set as pairs of a first and a last one.
func runsOf(set *wal.Set) [][2]uint64 {
	var runs [][2]uint64
	for ref := range set.All() {
		if last := len(runs) - 1; last >= 0 && runs[last][1]+1 == uint64(ref) {
			runs[last][1]++
		} else {
			runs = append(runs, [2]uint64{uint64(ref), uint64(ref)})
		}
	}
	return runs
}

func (d *Derivation) sortedTargets() []*target {
	all := slices.Collect(maps.Values(d.targets))
	slices.SortFunc(all, func(a, b *target) int {
		return strings.Compare(a.key.job+"\xff"+a.key.instance, b.key.job+"\xff"+b.key.instance)
	})
	return all
}

func (d *Derivation) sortedHistograms() []*classic {
	all := slices.Collect(maps.Values(d.histograms))
	slices.SortFunc(all, func(a, b *classic) int { return strings.Compare(a.key, b.key) })
	return all
}

func (s scrape) save() ScrapeState { return ScrapeState{s.time, s.up, s.gone, s.record} }

func (t *target) save() TargetState {
	return TargetState{
		Job: t.key.job, Instance: t.key.instance, Current: t.current.save(),
		Good: t.good, GoodRecord: t.goodRecord, HasGood: t.hasGood, Known: t.known, Interval: t.interval, Measured: t.measured,
		Started: t.started, StartedRecord: t.startedRecord,
	}
}

func (st *stream) save() StreamState {
	saved := StreamState{
		MetricType: st.series.MetricType, Kind: st.series.Kind, Value: st.series.Value, Labels: st.series.Labels,
		Resource: st.series.Resource, ResourceLabels: st.series.ResourceLabels,
		Owner: []byte(st.owner), Ended: st.ended, Native: st.native, Sampled: st.sampled, Admitted: st.admitted,
		HasStart: st.hasStart, Start: st.start, Base: st.base, Reanchor: st.reanchor,
		HasEnd: st.hasEnd, HasSent: st.hasSent, End: st.end, Sent: st.sent, SentAmount: st.sentAmount, Closed: st.closed,
	}
	if p := st.held; p != nil {
		saved.Held = &HeldState{p.Start, p.End, p.Samples, p.Value.Double, p.Value.Int64, p.Value.Distribution}
	}
	return saved
}

func (to *saver) group(g *group) GroupState {
	return GroupState{
		Aggregation: g.key.aggregation, Stream: to.streams[g.stream], Target: place(to.targets, g.target),
		Count: g.total.count, Sum: g.total.sum, Bounds: slices.Clone(g.total.bounds), Below: slices.Clone(g.total.below),
		HasBegan: g.hasBegan, Began: g.began, Record: g.record, Samples: g.samples, Sampled: g.sampled,
	}
}

func (p *part) save() PartState {
	return PartState{Seen: p.seen, Current: p.current, Last: p.last, Base: p.base}
}

func (to *saver) histogram(h *classic) HistogramState {
	saved := HistogramState{
		Key: []byte(h.key), Target: place(to.targets, h.target), Stream: place(to.streams, h.stream), Native: h.native, Recorded: h.recorded,
		Groups: placesOf(to.groups, h.groups), Sum: h.sum.save(), Total: h.total.save(), Bounds: slices.Clone(h.bounds),
		Open: h.open, OpenTime: h.openTime, OpenUses: h.openUses, Samples: h.samples, NotFinite: h.notFinite,
		Named: h.named, FromLog: h.fromLog, HasTime: h.hasTime, HasValue: h.hasValue, LastTime: h.lastTime, ValueTime: h.valueTime,
		Vanished: h.vanished, PausedAt: h.pausedAt, Negative: h.negative, Last: h.last, Base: h.base,
	}
	for _, s := range h.slots {
		bucket := s.part.save()
		bucket.Bound, bucket.In = s.bound, s.in
		saved.Slots = append(saved.Slots, bucket)
	}
	return saved
}

func (to *saver) source(s *source) SourceState {
	saved := SourceState{
		Labels: pairsOf(s.labels), Target: place(to.targets, s.target), Born: s.born, FromLog: s.fromLog, Selected: s.selected,
		Resolved: s.resolved, Recorded: s.recorded, Input: s.input,
		Streams: placesOf(to.streams, s.streams), Groups: placesOf(to.groups, s.groups), Histogram: place(to.histograms, s.histogram),
		Role: s.role, Slot: -1, NextTry: s.nextTry,
		HasTime: s.hasTime, HasValue: s.hasValue, LastTime: s.lastTime, ValueTime: s.valueTime, Value: s.value,
		Vanished: s.vanished, PausedAt: s.pausedAt, Touched: s.touched,
	}
	for _, ref := range s.refs {
		saved.References = append(saved.References, uint64(ref))
	}
	for _, r := range s.refusals {
		saved.Refusals = append(saved.Refusals, RefusalState(r))
	}
	if s.slot != nil {
		saved.Slot = slices.Index(s.histogram.slots, s.slot)
	}
	return saved
}

func pairsOf(lset labels.Labels) []series.Label {
	pairs := make([]series.Label, 0, lset.Len())
	lset.Range(func(l labels.Label) { pairs = append(pairs, series.Label{Name: l.Name, Value: l.Value}) })
	return pairs
}

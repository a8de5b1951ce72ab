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

	// pairs and references are of the source that is being saved.
	pairs      []series.Label
	references []uint64
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

// Save gives all that the derivation knows, between two records, to a function that writes
// one value after the other, such as that of a gob.Encoder. Values change after it returns.
func (d *Derivation) Save(write func(any) error) error {
	targets, groups, histograms := d.sortedTargets(), d.sortedGroups(), d.sortedHistograms()
	streams := slices.SortedFunc(maps.Values(d.streams), func(a, b *stream) int { return series.Compare(a.series, b.series) })
	sources := slices.SortedFunc(maps.Values(d.sources), func(a, b *source) int { return a.key.compare(b.key) })
	to := saver{targets: number(targets), streams: number(streams), groups: number(groups), histograms: number(histograms)}
	s := &Snapshot{
		Configuration: d.resolver.Configuration(), Horizon: d.options.Horizon, AnchorUntil: d.anchorUntil,
		Record: d.record, Lost: d.lost, Now: d.now, Again: d.again, Interval: d.interval, Swept: d.swept,
		Active: d.limits.active, Counted: d.limits.counted, Inputs: d.limits.inputs,
		Counts: d.counts.clone(), Seen: runsOf(&d.seen),
		Targets: len(targets), Streams: len(streams), Groups: len(groups), Histograms: len(histograms), Sources: len(sources),
	}
	for _, o := range d.open {
		if o.waits() {
			s.Open = append(s.Open, OpenState{to.histograms[o.histogram], o.time})
		}
	}
	err := write(s)
	err = writeAll(err, write, targets, (*target).save)
	err = writeAll(err, write, streams, (*stream).save)
	err = writeAll(err, write, groups, to.group)
	err = writeAll(err, write, histograms, to.histogram)
	return writeAll(err, write, sources, to.source)
}

// writeAll writes the state of each thing, unless there is an error before. There is only
// one state at a time.
func writeAll[T, S any](err error, write func(any) error, things []T, save func(T) S) error {
	var state S
	for i := 0; i < len(things) && err == nil; i++ {
		state = save(things[i])
		err = write(&state)
	}
	return err
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
	slices.SortFunc(all, func(a, b *classic) int { return a.key.compare(b.key) })
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
		Owner: st.owner[:], Ended: st.ended, Native: st.native, Sampled: st.sampled, Admitted: st.admitted,
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
		Count: g.total.count, Sum: g.total.sum, Bounds: slices.Clone(g.total.bounds), Below: slices.Clone(g.total.below), Native: g.total.native,
		Form: uint8(g.form), FormedAt: g.formedAt,
		HasBegan: g.hasBegan, Began: g.began, Record: g.record, Samples: g.samples, Sampled: g.sampled,
	}
}

func (p *part) save() PartState {
	return PartState{Seen: p.seen, Current: p.current, Last: p.last, Base: p.base}
}

func (to *saver) histogram(h *classic) HistogramState {
	saved := HistogramState{
		Key: h.key[:], Target: place(to.targets, h.target), Stream: place(to.streams, h.stream), Native: h.native, Recorded: h.recorded,
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
	to.pairs, to.references = to.pairs[:0], to.references[:0]
	s.labels.Range(func(l labels.Label) { to.pairs = append(to.pairs, series.Label{Name: l.Name, Value: l.Value}) })
	for _, ref := range s.refs {
		to.references = append(to.references, uint64(ref))
	}
	saved := SourceState{
		Labels: to.pairs, References: to.references, Target: place(to.targets, s.target), Born: s.born, FromLog: s.fromLog, Selected: s.selected,
		Resolved: s.resolved, Recorded: s.recorded, Input: s.input,
		Streams: placesOf(to.streams, s.streams), Groups: placesOf(to.groups, s.groups), Histogram: place(to.histograms, s.histogram),
		Role: s.role, Slot: -1, NextTry: s.nextTry,
		HasTime: s.hasTime, HasValue: s.hasValue, LastTime: s.lastTime, ValueTime: s.valueTime, Value: s.value,
		Vanished: s.vanished, PausedAt: s.pausedAt, Touched: s.touched,
	}
	for _, r := range s.refusals {
		saved.Refusals = append(saved.Refusals, RefusalState(r))
	}
	if s.slot != nil {
		saved.Slot = slices.Index(s.histogram.slots, s.slot)
	}
	return saved
}

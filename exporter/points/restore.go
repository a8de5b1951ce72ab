package points

import (
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A restorer has the things that a snapshot's places mean.
type restorer struct {
	targets    []*target
	streams    []*stream
	groups     []*group
	histograms []*classic
	err        error
}

// at returns the thing at a place, or nothing for -1. Another place is an error.
func at[T any](r *restorer, things []T, place int) T {
	var none T
	switch {
	case place == -1:
	case place >= 0 && place < len(things):
		return things[place]
	default:
		r.err = fmt.Errorf("the state refers to number %d of %d", place, len(things))
	}
	return none
}

func allAt[T any](r *restorer, things []T, places []int) []T {
	var all []T
	for _, place := range places {
		all = append(all, at(r, things, place))
	}
	return all
}

// Restore makes a new derivation what another one was when it was saved: read gives one
// value after the other of those that Save has written, as that of a gob.Decoder does. It
// must be called before any record. Where the configuration is another one, it is applied as
// by Reconfigure, and reconfigured is true. An error says that what was saved makes no sense;
// the derivation is then void.
func (d *Derivation) Restore(read func(any) error) (reconfigured bool, err error) {
	s := &Snapshot{}
	if err := read(s); err != nil {
		return false, err
	}
	if err := d.restoreNumbers(s); err != nil {
		return false, err
	}
	r := &restorer{}
	readAll(r, read, s.Targets, d.restoreTarget)
	readAll(r, read, s.Streams, d.restoreStream)
	readAll(r, read, s.Groups, d.restoreGroup)
	readAll(r, read, s.Histograms, d.restoreHistogram)
	readAll(r, read, s.Sources, d.restoreSource)
	for _, o := range s.Open {
		if h := at(r, r.histograms, o.Histogram); h != nil {
			d.open = append(d.open, openHistogram{h, o.Time})
		}
	}
	if r.err == nil && s.Configuration != d.resolver.Configuration() {
		d.Reconfigure(d.resolver)
		return true, nil
	}
	return false, r.err
}

// readAll reads so many things, unless there is an error before.
func readAll[S any](r *restorer, read func(any) error, count int, restore func(*restorer, *S)) {
	var state, none S
	for i := 0; i < count && r.err == nil; i++ {
		state = none // what is zero is not in what was saved
		if r.err = read(&state); r.err == nil {
			restore(r, &state)
		}
	}
}

// restoreNumbers restores all but the things that refer to each other.
func (d *Derivation) restoreNumbers(s *Snapshot) error {
	d.options.Horizon, d.anchorUntil = s.Horizon, s.AnchorUntil
	d.record, d.lost, d.now, d.again, d.interval, d.swept = s.Record, s.Lost, s.Now, s.Again, s.Interval, s.Swept
	d.limits.active, d.limits.counted, d.limits.inputs = s.Active, s.Counted, s.Inputs
	d.counts = s.Counts
	d.counts.Dropped = map[series.Reason]uint64{}
	maps.Copy(d.counts.Dropped, s.Counts.Dropped)
	for _, run := range s.Seen {
		if run[1]-run[0] > maxPages*pageSize {
			return fmt.Errorf("the state has references from %d to %d", run[0], run[1])
		}
		for ref := run[0]; ref <= run[1]; ref++ {
			d.seen.Add(chunks.HeadSeriesRef(ref))
		}
	}
	return nil
}

func (s ScrapeState) restore() scrape { return scrape{s.Time, s.Up, s.Gone, s.Record} }

func (d *Derivation) restoreTarget(r *restorer, s *TargetState) {
	t := &target{
		key: targetKey{s.Job, s.Instance}, current: s.Current.restore(),
		good: s.Good, goodRecord: s.GoodRecord, hasGood: s.HasGood, known: s.Known, interval: s.Interval, measured: s.Measured,
		started: s.Started, startedRecord: s.StartedRecord,
	}
	d.targets[t.key] = t
	r.targets = append(r.targets, t)
}

func (d *Derivation) restoreStream(r *restorer, s *StreamState) {
	var before *series.Series
	if last := len(r.streams) - 1; last >= 0 {
		before = r.streams[last].series
	}
	st := &stream{
		series: series.NewLike(series.Series{
			MetricType: s.MetricType, Kind: s.Kind, Value: s.Value, Labels: d.texts.share(s.Labels), Resource: s.Resource, ResourceLabels: s.ResourceLabels,
		}, before),
		owner: keyFrom(s.Owner), ended: s.Ended, native: s.Native, sampled: s.Sampled, admitted: s.Admitted,
		hasStart: s.HasStart, start: s.Start, base: s.Base, reanchor: s.Reanchor,
		hasEnd: s.HasEnd, hasSent: s.HasSent, end: s.End, sent: s.Sent, sentAmount: s.SentAmount, closed: s.Closed,
	}
	if h := s.Held; h != nil {
		st.held = &Point{
			Series: st.series, Start: h.Start, End: h.End, Samples: h.Samples,
			Value: Value{Double: h.Double, Int64: h.Int64, Distribution: h.Distribution},
		}
	}
	d.streams[st.series.Identity] = st
	r.streams = append(r.streams, st)
}

func (d *Derivation) restoreGroup(r *restorer, s *GroupState) {
	g := &group{
		stream: at(r, r.streams, s.Stream), target: at(r, r.targets, s.Target),
		total: sums{count: s.Count, sum: s.Sum, bounds: slices.Clone(s.Bounds), below: slices.Clone(s.Below), native: s.Native},
		form:  form(s.Form), formedAt: s.FormedAt,
		hasBegan: s.HasBegan, began: s.Began, record: s.Record, samples: s.Samples, sampled: s.Sampled,
	}
	g.settled.become(&g.total)
	r.groups = append(r.groups, g)
	if g.stream == nil || len(g.total.bounds) != len(g.total.below) {
		r.err = fmt.Errorf("the state has a sum without a series, or with bounds that do not fit")
		return
	}
	g.key, g.owner = groupKey{s.Aggregation, g.stream.series.Identity}, aggregationKey(s.Aggregation)
	d.groups[g.key] = g
	if g.target != nil {
		g.target.groups = append(g.target.groups, g)
	}
}

func (p PartState) restore() part {
	return part{p.Seen, p.Current, p.Last, p.Base}
}

func (d *Derivation) restoreHistogram(r *restorer, s *HistogramState) {
	h := &classic{
		key: keyFrom(s.Key), target: at(r, r.targets, s.Target), stream: at(r, r.streams, s.Stream), native: s.Native, recorded: s.Recorded,
		groups: allAt(r, r.groups, s.Groups), sum: s.Sum.restore(), total: s.Total.restore(), bounds: slices.Clone(s.Bounds),
		open: s.Open, openTime: s.OpenTime, openUses: s.OpenUses, samples: s.Samples, notFinite: s.NotFinite,
		named: s.Named, fromLog: s.FromLog, hasTime: s.HasTime, hasValue: s.HasValue, lastTime: s.LastTime, valueTime: s.ValueTime,
		vanished: s.Vanished, pausedAt: s.PausedAt, negative: s.Negative, last: s.Last, base: s.Base,
	}
	slots := make([]slot, len(s.Slots))
	for i, bucket := range s.Slots {
		slots[i] = slot{part: bucket.restore(), bound: bucket.Bound, in: bucket.In}
		h.slots = append(h.slots, &slots[i])
	}
	d.histograms[h.key] = h
	r.histograms = append(r.histograms, h)
}

func (d *Derivation) restoreSource(r *restorer, s *SourceState) {
	lset := d.texts.labelsOf(s.Labels)
	var of key
	of, d.text = keyOf(lset, d.text)
	known := &source{
		key: of, labels: lset, target: at(r, r.targets, s.Target), born: s.Born, fromLog: s.FromLog,
		up: lset.Get(labels.MetricName) == upMetric, processStart: lset.Get(labels.MetricName) == processStartMetric,
		selected: s.Selected, sums: d.resolver.Inputs(lset),
		hasTime: s.HasTime, hasValue: s.HasValue, lastTime: s.LastTime, valueTime: s.ValueTime, value: s.Value,
		vanished: s.Vanished, paused: s.PausedAt != 0, pausedAt: s.PausedAt, touched: s.Touched,
		resolution: resolution{
			resolved: s.Resolved, recorded: s.Recorded, input: s.Input,
			streams: allAt(r, r.streams, s.Streams), groups: allAt(r, r.groups, s.Groups),
			histogram: at(r, r.histograms, s.Histogram), role: s.Role, nextTry: s.NextTry,
		},
	}
	if h := known.histogram; h != nil {
		known.slot = at(r, h.slots, s.Slot)
		if h.native != (s.Role == series.Native) || (s.Role == series.Bucket) != (known.slot != nil) {
			r.err = fmt.Errorf("the state has %s as a part that its histogram has not", lset)
		}
	}
	for _, refused := range s.Refusals {
		known.refusals = append(known.refusals, refusal(refused))
	}
	known.count()
	d.sources[known.key] = known
	for _, ref := range s.References {
		ref := chunks.HeadSeriesRef(ref)
		d.refs.set(ref, known)
		known.refs = append(known.refs, ref)
		if known.wanted() {
			d.wanted.Add(ref)
		}
	}
}

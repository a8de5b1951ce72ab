package points

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// minute is how often a sum across targets has a point, in milliseconds.
const minute = 60_000

// groupKey names a sum: what the configuration asks for, and what it becomes.
type groupKey struct {
	aggregation string
	identity    series.Identity
}

// A group is a sum of sources over some of their labels. It adds up by how much they rise,
// so that it never falls.
type group struct {
	key groupKey
	// owner is the key of the aggregation, as the owner of the time series.
	owner  key
	stream *stream
	// target is that whose scrapes make points; nil for a sum across targets.
	target *target
	// total is what was counted, of numbers or of a histogram, and settled what of it was counted
	// before the samples that wait for a point.
	total, settled sums
	// form is that of the histograms that are summed up, and formedAt the time of the last one.
	form     form
	formedAt int64
	// began is the earliest start of what was counted, before there is a point.
	hasBegan bool
	began    int64
	// record is the last one that had an input; samples are those since the last point.
	record  uint64
	samples int
	sampled int64
	// used is the last sweep that found it in use.
	used int64
}

// sums are the observations of a histogram; of numbers, there is only the count.
type sums struct {
	count, sum float64
	bounds     []float64
	// below has the observations up to each bound.
	below []float64
	// native is all that was counted, where native histograms without bounds are summed up.
	native *histogram.FloatHistogram
}

// emptied returns sums of nothing, with the same buckets.
func (s *sums) emptied() sums {
	empty := sums{bounds: s.bounds, below: make([]float64, len(s.below))}
	if s.native != nil {
		empty.native = emptyLike(s.native)
	}
	return empty
}

// sum makes a source an input of an aggregation.
func (d *Derivation) sum(s *source, next *resolution, number int, found series.Resolution) {
	if found.Reason != "" {
		next.refusals = append(next.refusals, refusal{found.Reason, found.Detail})
		return
	}
	if !d.admitInput(next) {
		next.refusals = append(next.refusals, refusal{series.MaxInputs, ""})
		return
	}
	aggregation := d.resolver.Aggregations()[number]
	g := d.group(groupKey{aggregation.Key, found.Outputs[0].Identity}, found.Outputs[0])
	if !aggregation.AcrossTargets && g.target == nil {
		g.target = s.target
		s.target.groups = append(s.target.groups, g)
	}
	if found.Role == series.Scalar {
		next.groups = append(next.groups, g)
		return
	}
	if h := d.join(s, next, found); !slices.Contains(h.groups, g) {
		h.groups = append(h.groups, g)
	}
}

func (d *Derivation) group(of groupKey, out *series.Series) *group {
	g := d.groups[of]
	if g == nil {
		g = &group{key: of, owner: aggregationKey(of.aggregation), stream: d.stream(out)}
		d.groups[of] = g
	}
	return g
}

// addNumber adds a sample of a source to a sum.
func (d *Derivation) addNumber(g *group, s *source, next step, t int64, v float64) {
	if !isFinite(v) {
		d.drop(series.NotFinite, 1)
		return
	}
	d.take(g, next, s.valueTime, t, 1)
	switch next.change {
	case born, reset:
		g.total.count += v
	case rise:
		g.total.count += v - s.value
	}
}

// addHistogram adds the open values of a histogram to a sum.
func (d *Derivation) addHistogram(g *group, h *classic, next step) {
	if reason := d.takesForm(g, classicForm, h.openTime); reason != "" {
		d.drop(reason, h.samples)
		return
	}
	d.take(g, next, h.valueTime, h.openTime, h.samples)
	if !slices.Equal(g.total.bounds, h.bounds) {
		d.widen(g, h.bounds)
	}
	switch next.change {
	case born, reset:
		g.total.add(h, fromZero)
	case rise:
		g.total.add(h, fromLast)
	}
}

// take accounts for samples that go into a sum.
func (d *Derivation) take(g *group, next step, last, t int64, samples int) {
	began := t
	switch next.change {
	case born:
		began = next.start
	case reset, rise:
		began = last
	}
	if !g.hasBegan || began < g.began {
		g.hasBegan, g.began = true, began
	}
	if g.record != d.record {
		g.record = d.record
		d.summing = append(d.summing, g)
	}
	g.sampled = max(g.sampled, t)
	if next.change == first {
		d.counts.Anchors += uint64(samples)
		return
	}
	if g.samples == 0 {
		g.settled.become(&g.total)
	}
	g.samples += samples
	d.counts.Waiting += uint64(samples)
}

// widen gives a sum more bounds: the time series begins anew with what has had no point yet,
// because Google takes other bounds only with another start.
func (d *Derivation) widen(g *group, bounds []float64) {
	wider := slices.Concat(g.total.bounds, bounds)
	slices.Sort(wider)
	wider = slices.Compact(wider)
	if slices.Equal(wider, g.total.bounds) {
		return
	}
	total := sums{bounds: wider, below: make([]float64, len(wider))}
	d.beginAnew(g, total.since(&g.total, &g.settled))
}

// beginAnew lets the time series of a sum begin anew, after its last point and not before it was
// anchored.
func (d *Derivation) beginAnew(g *group, total sums) {
	if g.stream.hasEnd {
		d.release(g.stream)
		g.began = g.stream.end
	}
	if g.stream.hasStart {
		g.began = max(g.began, g.stream.start)
	}
	g.stream.hasStart = false
	g.total, g.settled = total, total.emptied()
}

// become makes sums a copy of others, without what native histograms have.
func (s *sums) become(other *sums) {
	s.count, s.sum, s.bounds = other.count, other.sum, other.bounds
	s.below = append(s.below[:0], other.below...)
}

// since returns sums with what others have counted since they were as before. At a bound that
// these have not, they are taken to have what they have at the next lower one.
func (s sums) since(now, before *sums) sums {
	at, rise := 0, 0.0
	for i, bound := range now.bounds {
		at = s.raise(at, bound, rise)
		rise = now.below[i] - before.below[i]
	}
	s.raise(at, math.Inf(1), rise)
	s.count, s.sum = now.count-before.count, now.sum-before.sum
	return s
}

// add adds what a histogram has counted. At a bound that it has not, it is taken to have
// what it has at the next lower one.
func (s *sums) add(h *classic, since func(*part) float64) {
	at, rise := 0, 0.0
	top := h.total.current - since(&h.total)
	for _, bucket := range h.slots {
		if !bucket.seen {
			continue
		}
		if math.IsInf(bucket.bound, 1) {
			top = bucket.current - since(&bucket.part)
			break
		}
		at = s.raise(at, bucket.bound, rise)
		rise = bucket.current - since(&bucket.part)
	}
	s.raise(at, math.Inf(1), rise)
	s.count += top
	s.sum += h.sum.current - since(&h.sum)
}

// raise adds observations at the bounds from one on that are below another one, and returns
// where that is.
func (s *sums) raise(at int, bound, rise float64) int {
	for ; at < len(s.bounds) && s.bounds[at] < bound; at++ {
		s.below[at] += rise
	}
	return at
}

// emitGroups makes points of the sums that the record is a scrape for, and of those across
// targets each minute.
func (d *Derivation) emitGroups() {
	for _, g := range d.summing {
		switch {
		case g.target != nil:
			d.emitGroup(g, g.target.current.time)
		case !g.stream.hasEnd && !g.stream.hasStart:
			g.stream.begin(g.began, 0, d.now)
		case d.now-max(g.stream.end, g.stream.start) >= minute:
			d.emitGroup(g, d.now)
		}
	}
	d.summing = d.summing[:0]
}

// emitGroup makes a point of a sum at the end of a scrape.
func (d *Derivation) emitGroup(g *group, end int64) {
	st := g.stream
	if st.hasEnd && end <= st.end {
		return
	}
	d.subject = subject{}
	if reason := d.claim(st, g.owner, end); reason != "" {
		d.settle(g)
		d.drop(reason, g.samples)
		g.samples = 0
		return
	}
	if !st.hasStart && !st.reanchor {
		st.begin(g.began, 0, end)
	}
	if st.reanchor || st.start >= end {
		d.settle(g)
		d.anchor(st, end, g.total.count, g.samples)
		g.total = g.total.emptied()
		st.base, g.samples = 0, 0
		return
	}
	d.settle(g)
	if v := g.value(); st.series.Value == monitoring.Distribution && v.Distribution == nil {
		d.drop(series.InconsistentHistogram, g.samples)
	} else {
		d.point(st, st.start, end, v, g.samples)
	}
	g.samples = 0
}

// settle says that a sum's samples wait no more.
func (d *Derivation) settle(g *group) { d.counts.Waiting -= uint64(g.samples) }

func (g *group) value() Value {
	switch {
	case g.total.native != nil:
		var made *Distribution
		made, g.total.native = fitting(g.total.native)
		return Value{Distribution: made}
	case g.total.bounds != nil:
		return Value{Distribution: g.total.distribution()}
	}
	return g.stream.number(g.total.count)
}

func (s *sums) distribution() *Distribution {
	h := classic{bounds: s.bounds}
	h.total.current, h.sum.current = s.count, s.sum
	for i, bound := range s.bounds {
		h.slots = append(h.slots, &slot{bound: bound, part: part{seen: true, current: s.below[i]}})
	}
	return h.distribution()
}

package points

import (
	"math"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
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
	// total is what was counted, of numbers or of a histogram.
	total sums
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
	g.samples += samples
	d.counts.Waiting += uint64(samples)
}

// widen gives a sum more bounds: the time series begins anew with what is counted from now
// on, because Google takes other bounds only with another start.
func (d *Derivation) widen(g *group, bounds []float64) {
	wider := slices.Concat(g.total.bounds, bounds)
	slices.Sort(wider)
	wider = slices.Compact(wider)
	if slices.Equal(wider, g.total.bounds) {
		return
	}
	if g.stream.hasEnd {
		d.release(g.stream)
		g.began = g.stream.end
	}
	g.stream.hasStart = false
	g.total = sums{bounds: wider, below: make([]float64, len(wider))}
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
		for ; at < len(s.bounds) && s.bounds[at] < bucket.bound; at++ {
			s.below[at] += rise
		}
		rise = bucket.current - since(&bucket.part)
	}
	for ; at < len(s.bounds); at++ {
		s.below[at] += rise
	}
	s.count += top
	s.sum += h.sum.current - since(&h.sum)
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
		g.total = sums{bounds: g.total.bounds, below: make([]float64, len(g.total.below))}
		st.base, g.samples = 0, 0
		return
	}
	d.settle(g)
	d.point(st, st.start, end, g.value(), g.samples)
	g.samples = 0
}

// settle says that a sum's samples wait no more.
func (d *Derivation) settle(g *group) { d.counts.Waiting -= uint64(g.samples) }

func (g *group) value() Value {
	if g.total.bounds == nil {
		return g.stream.number(g.total.count)
	}
	return Value{Distribution: g.total.distribution()}
}

func (s *sums) distribution() *Distribution {
	h := classic{bounds: s.bounds}
	h.total.current, h.sum.current = s.count, s.sum
	for i, bound := range s.bounds {
		h.slots = append(h.slots, &slot{bound: bound, part: part{seen: true, current: s.below[i]}})
	}
	return h.distribution()
}

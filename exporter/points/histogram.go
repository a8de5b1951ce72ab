package points

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// overdueAfter is how many of the log's intervals a recorded histogram waits for its parts.
const overdueAfter = 2

// A classic puts the series of one classic histogram together, by their time: those of
// a scrape are in one record, those of rules in three.
type classic struct {
	key    key
	target *target
	// native says that the histogram is a native one, which has no slots.
	native, recorded bool
	// part is one of the series.
	part   *source
	stream *stream
	groups []*group

	// slots are the buckets, sorted by bound, and fresh are those that will be.
	slots      []*slot
	fresh      []slot
	sum, total part
	// bounds are the finite ones of the slots that are in the histogram.
	bounds []float64

	// open says that parts of the time openTime have come, so many as samples; openUses is
	// what each of them counts.
	open      bool
	openTime  int64
	openUses  int
	samples   int
	notFinite bool
	// named and fromLog are the earliest record that named a part, and whether all were
	// read from the log itself.
	named   uint64
	fromLog bool

	hasTime, hasValue   bool
	lastTime, valueTime int64
	vanished            bool
	// pausedAt is the time of the failed scrape at which the histogram ended, or 0.
	pausedAt int64
	// last and base are those of a native histogram.
	last, base *histogram.FloatHistogram
	// negative says that there are negative observations, so that their sum may fall.
	negative bool
	// used is the last sweep that found it in use.
	used int64
}

// A part is a value of a histogram: that of the open time, the last one, and the one to
// count from.
type part struct {
	seen                bool
	current, last, base float64
}

// slotsAtOnce is how many slots are made at once, so that they are side by side in memory.
const slotsAtOnce = 16

// A slot is a bucket.
type slot struct {
	part
	bound float64
	// in says that the bucket belongs to the histogram as it was last.
	in bool
}

// openHistogram is a recorded histogram that was opened.
type openHistogram struct {
	histogram *classic
	time      int64
}

// uses is how often each part counts.
func (h *classic) uses() int {
	if h.open {
		return h.openUses
	}
	uses := len(h.groups)
	if h.stream != nil {
		uses++
	}
	return uses
}

func (h *classic) slotOf(bound float64) *slot {
	i, found := slices.BinarySearchFunc(h.slots, bound, func(s *slot, bound float64) int {
		switch {
		case s.bound < bound:
			return -1
		case s.bound > bound:
			return 1
		}
		return 0
	})
	if !found {
		if len(h.fresh) == 0 {
			h.fresh = make([]slot, slotsAtOnce)
		}
		h.fresh[0].bound = bound
		h.slots = slices.Insert(h.slots, i, &h.fresh[0])
		h.fresh = h.fresh[1:]
	}
	return h.slots[i]
}

// part accounts for a sample of a source that is part of a classic histogram.
func (d *Derivation) part(s *source, t int64, v float64) {
	h := s.histogram
	uses := h.uses()
	if h.native {
		d.drop(series.NotAHistogram, uses)
		return
	}
	if !h.open {
		if h.hasTime && t <= h.lastTime {
			d.drop(series.NotNewer, uses)
			return
		}
		d.openAt(h, t)
	}
	into := h.partOf(s)
	if t < h.openTime || into.seen {
		d.drop(series.NotNewer, uses)
		return
	}
	into.seen, into.current = true, v
	h.part = s
	h.samples++
	d.counts.Waiting += uint64(uses)
	h.notFinite = h.notFinite || !isFinite(v)
	h.named, h.fromLog = min(h.named, s.born), h.fromLog && s.fromLog
}

func (h *classic) partOf(s *source) *part {
	switch s.role {
	case series.Sum:
		return &h.sum
	case series.Count:
		return &h.total
	}
	return &s.slot.part
}

// openAt begins a histogram of a new time.
func (d *Derivation) openAt(h *classic, t int64) {
	h.openUses = h.uses()
	h.open, h.openTime, h.samples, h.notFinite = true, t, 0, false
	h.named, h.fromLog = math.MaxUint64, true
	if h.recorded {
		d.open = append(d.open, openHistogram{h, t})
		return
	}
	d.closing = append(d.closing, h)
}

// closeOverdue closes recorded histograms that have waited long enough.
func (d *Derivation) closeOverdue() {
	if len(d.open) == 0 {
		return
	}
	interval := d.interval
	if interval == 0 {
		interval = defaultInterval
	}
	for len(d.open) > 0 && (!d.open[0].waits() || d.now-d.open[0].time >= overdueAfter*interval) {
		d.closeFirst()
	}
}

func (o openHistogram) waits() bool { return o.histogram.open && o.histogram.openTime == o.time }

func (d *Derivation) closeFirst() {
	if first := d.open[0]; first.waits() {
		d.close(first.histogram)
	}
	d.open = slices.Delete(d.open, 0, 1)
}

// close makes a point of a histogram whose parts have come.
func (d *Derivation) close(h *classic) {
	if !h.open {
		return
	}
	h.open = false
	d.subject = subject{source: h.part, histogram: true}
	d.counts.Waiting -= uint64(h.samples * h.openUses)
	if reason := h.fault(); reason != "" {
		d.drop(reason, h.samples*h.openUses)
	} else {
		d.complete(h)
		h.keep()
	}
	h.hasTime, h.lastTime = true, h.openTime
	h.sum.seen, h.total.seen = false, false
	for _, s := range h.slots {
		s.seen = false
	}
}

// fault returns why no point can be made of the open histogram, or "".
func (h *classic) fault() series.Reason {
	if h.notFinite {
		return series.NotFinite
	}
	if !h.total.seen {
		return series.IncompleteHistogram
	}
	finite, below := 0, math.Inf(-1)
	for _, s := range h.slots {
		if !s.seen {
			continue
		}
		if s.current < below {
			return series.InconsistentHistogram
		}
		below = s.current
		if !math.IsInf(s.bound, 0) {
			finite++
		}
	}
	if finite == 0 {
		return series.NoBounds
	}
	return ""
}

// complete accounts for a histogram all of whose parts are there.
func (d *Derivation) complete(h *classic) {
	h.negative = h.negative || h.sum.seen && h.sum.current < 0
	next := d.histogramStep(h)
	if next.change == born || next.change == reset || next.change == first || h.bounds == nil {
		h.relayout()
	}
	if h.stream != nil {
		d.distribute(h, next)
	}
	for _, g := range h.groups {
		d.addHistogram(g, h, next)
	}
}

// histogramStep says what the open values mean. Any fall, or other bounds, is a histogram
// that began anew.
func (d *Derivation) histogramStep(h *classic) step {
	if !h.hasValue {
		if start, known := d.birth(h.target, h.named, h.fromLog, h.openTime); known && !h.recorded && !h.hasTime {
			return step{born, start}
		}
		return step{change: first}
	}
	if !h.recorded && h.vanished || h.fell() {
		return step{reset, h.target.before(h.valueTime)}
	}
	return step{change: rise}
}

// fell reports whether anything shows that the histogram began anew: other buckets, or
// fewer observations of any kind than before.
func (h *classic) fell() bool {
	below := 0.0
	for _, s := range h.slots {
		if s.seen != s.in {
			return true
		}
		if !s.seen {
			continue
		}
		rise := s.current - s.last
		if rise < 0 || rise < below-rounding*s.current {
			return true
		}
		below = rise
	}
	return h.total.current < h.total.last || h.sum.seen && h.sum.current < h.sum.last && !h.negative
}

// rounding is the relative error of sums of floating-point numbers that is overlooked.
const rounding = 1e-9

// relayout takes the buckets that are there as those of the histogram.
func (h *classic) relayout() {
	h.bounds = nil
	for _, s := range h.slots {
		s.in = s.seen
		h.negative = h.negative || s.seen && s.bound < 0
		if s.seen && !math.IsInf(s.bound, 0) {
			h.bounds = append(h.bounds, s.bound)
		}
	}
}

// keep takes the open values as the last ones.
func (h *classic) keep() {
	h.hasValue, h.valueTime, h.vanished = true, h.openTime, false
	h.sum.last, h.total.last = h.sum.current, h.total.current
	for _, s := range h.slots {
		if s.seen {
			s.last = s.current
		}
	}
}

// rebase sets what to count from: nothing, the last values or the open ones.
func (h *classic) rebase(of func(*part) float64) {
	h.sum.base, h.total.base = of(&h.sum), of(&h.total)
	for _, s := range h.slots {
		s.base = of(&s.part)
	}
}

func fromZero(*part) float64      { return 0 }
func fromLast(p *part) float64    { return p.last }
func fromCurrent(p *part) float64 { return p.current }

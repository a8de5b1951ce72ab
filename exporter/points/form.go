package points

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A form is what kind of histograms a sum is made of: the buckets of one are not those of
// another.
type form uint8

const (
	// formless is a sum of numbers, or without an input so far.
	formless form = iota
	classicForm
	// customForm is of native histograms with explicit bounds, exponentialForm of others.
	customForm
	exponentialForm
)

func formOf(h *histogram.FloatHistogram) form {
	if h.UsesCustomBuckets() {
		return customForm
	}
	return exponentialForm
}

// takesForm gives a sum the form of an input at time t, or returns why it cannot have it. Native
// histograms have precedence over classic ones, which may be the same ones; else the form is
// that which came first, until no input has had it for ten minutes.
func (d *Derivation) takesForm(g *group, of form, t int64) series.Reason {
	if g.form != of {
		switch {
		case g.form == formless:
		case g.form == classicForm, t-g.formedAt > silence:
			d.beginAnew(g, sums{})
		case of == classicForm:
			return series.Shadowed
		default:
			return series.NotSummable
		}
		g.form = of
	}
	g.formedAt = max(g.formedAt, t)
	return ""
}

// sumNative adds a native histogram to the sums that it is an input of.
func (d *Derivation) sumNative(h *classic, next step, t int64, current *histogram.FloatHistogram) {
	if len(h.groups) == 0 {
		return
	}
	// Where the first sample only gives a value to count from, nothing was counted.
	counted := emptyLike(current)
	switch next.change {
	case born, reset:
		counted = current
	case rise:
		counted = since(current, h.last)
	}
	for _, g := range h.groups {
		if reason := d.addNative(g, h, next, t, counted); reason != "" {
			d.drop(reason, 1)
		}
	}
}

// addNative adds what a native histogram has counted to a sum, or returns why it cannot.
func (d *Derivation) addNative(g *group, h *classic, next step, t int64, counted *histogram.FloatHistogram) series.Reason {
	if counted == nil {
		return series.InconsistentHistogram
	}
	of, before := formOf(counted), g.form
	if of == customForm && len(counted.CustomValues) == 0 {
		return series.NoBounds
	}
	if reason := d.takesForm(g, of, t); reason != "" {
		return reason
	}
	if before == classicForm && of != before && g.stream.hasEnd && t <= g.stream.end {
		// The classic histogram of the same scrape was summed up.
		next = step{change: first}
	}
	d.take(g, next, h.valueTime, t, 1)
	if of == customForm {
		d.widen(g, counted.CustomValues)
		if next.change != first {
			g.total.addCustom(counted)
		}
		return ""
	}
	if g.total.native == nil {
		g.total.native = emptyLike(counted)
	}
	if next.change == first {
		return ""
	}
	// Both are changed where their resolutions differ: the sum has the lower one.
	if sum, err := g.total.native.Add(counted.Copy()); err == nil {
		g.total.native = sum
	}
	return ""
}

// emptyLike returns a native histogram of the same resolution that has counted nothing.
func emptyLike(h *histogram.FloatHistogram) *histogram.FloatHistogram {
	return &histogram.FloatHistogram{Schema: h.Schema, ZeroThreshold: h.ZeroThreshold, CustomValues: h.CustomValues}
}

// addCustom adds what a native histogram with explicit bounds has counted, as add does.
func (s *sums) addCustom(counted *histogram.FloatHistogram) {
	at, rise := 0, 0.0
	for buckets := counted.PositiveBucketIterator(); buckets.Next(); {
		bucket := buckets.At()
		at = s.raise(at, bucket.Upper, rise)
		rise += bucket.Count
	}
	s.raise(at, math.Inf(1), rise)
	s.count += counted.Count
	s.sum += counted.Sum
}

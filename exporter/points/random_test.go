package points_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
)

// An operation is something that the log says.
type operation func(*points.Derivation) error

// A world makes a log: targets that come, restart, fail and go, with series of all kinds,
// and rules. Everything follows from its source of chance.
type world struct {
	*rand.Rand
	now  int64
	next chunks.HeadSeriesRef
	refs map[string]chunks.HeadSeriesRef
	pods []*pod
	out  []operation
}

// A pod is a target.
type pod struct {
	name    string
	values  map[string]float64
	present map[string]bool
	started int64
}

var metrics = []string{
	"c_total", `c_total{code="1"}`, `c_total{code="2"}`, "d_total", "g", "u", "s_sum", "s_count", `s{quantile="0.5"}`, "i",
	`h_bucket{le="1"}`, `h_bucket{le="5"}`, `h_bucket{le="+Inf"}`, "h_sum", "h_count", `c_total{pod="other"}`,
}

var rules = []string{"job:c:sum", "job:gone:rate", `rh_bucket{le="1"}`, `rh_bucket{le="+Inf"}`, "rh_sum", "rh_count"}

func newWorld(seed uint64) *world {
	return &world{Rand: rand.New(rand.NewPCG(seed, 1)), now: 1_000_000_000_000, refs: map[string]chunks.HeadSeriesRef{}}
}

// ref names a series if it is new, and sometimes anew.
func (w *world) ref(named *[]record.RefSeries, name, job, instance string) chunks.HeadSeriesRef {
	lset := withTarget(name, job, instance)
	key := lset.String()
	if w.refs[key] == 0 || w.IntN(400) == 0 {
		w.next++
		w.refs[key] = w.next
		*named = append(*named, record.RefSeries{Ref: w.next, Labels: lset})
	}
	return w.refs[key]
}

// withTarget reads a name with labels and gives it a target.
func withTarget(name, job, instance string) labels.Labels {
	lset := parse(name)
	b := labels.NewBuilder(lset).Set("job", job).Set("instance", instance)
	return b.Labels()
}

func (w *world) commit(named []record.RefSeries, samples []record.RefSample) {
	if len(named) > 0 {
		checkpoint := w.IntN(50) == 0
		w.out = append(w.out, func(d *points.Derivation) error { d.Series(named, checkpoint); return nil })
	}
	if len(samples) > 0 {
		w.out = append(w.out, func(d *points.Derivation) error { return d.Samples(samples) })
	}
}

func (w *world) scrape(p *pod) {
	var named []record.RefSeries
	var samples []record.RefSample
	put := func(name string, v float64) {
		samples = append(samples, record.RefSample{Ref: w.ref(&named, name, "proxy", p.name), T: w.now, V: v})
	}
	fails := w.IntN(20) == 0
	if w.IntN(60) == 0 { // a restart
		p.values, p.started = map[string]float64{}, w.now-w.Int64N(5000)
	}
	for _, metric := range metrics {
		gone := fails || w.IntN(25) == 0
		switch {
		case gone && p.present[metric]:
			put(metric, math.Float64frombits(value.StaleNaN))
		case !gone:
			p.values[metric] += float64(w.IntN(4))
			put(metric, w.odd(p.values[metric]))
		}
		p.present[metric] = !gone
	}
	if !fails {
		put("process_start_time_seconds", float64(p.started)/1000)
	}
	up := 1.0
	if fails {
		up = 0
	}
	put("up", up)
	w.commit(named, samples)
	if !fails && w.IntN(2) == 0 {
		w.native(p)
	}
}

// odd sometimes makes a strange value of one.
func (w *world) odd(v float64) float64 {
	switch w.IntN(120) {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1)
	case 2:
		return v / 2
	}
	return v
}

func (w *world) native(p *pod) {
	var named []record.RefSeries
	ref := w.ref(&named, "n", "proxy", p.name)
	p.values["n"] += float64(1 + w.IntN(3))
	n := int64(p.values["n"])
	h := &histogram.Histogram{
		Count: uint64(2*n + 1), Sum: float64(3 * n), Schema: int32(w.IntN(2)), ZeroThreshold: 0.001, ZeroCount: 1,
		PositiveSpans: []histogram.Span{{Offset: 0, Length: 2}}, PositiveBuckets: []int64{n, 0},
	}
	w.commit(named, nil)
	now := w.now
	w.out = append(w.out, func(d *points.Derivation) error {
		return d.Histograms([]record.RefHistogramSample{{Ref: ref, T: now, H: h}})
	})
}

func (w *world) evaluate() {
	for _, rule := range rules {
		var named []record.RefSeries
		v := float64(w.IntN(100))
		if w.IntN(30) == 0 {
			v = math.Float64frombits(value.StaleNaN)
		}
		ref := w.ref(&named, rule, "proxy", "rules")
		w.commit(named, []record.RefSample{{Ref: ref, T: w.now, V: v}})
	}
}

// run makes a log of so many rounds.
func (w *world) run(rounds int) []operation {
	for range rounds {
		w.now += int64(9_000 + w.IntN(2_000))
		if len(w.pods) < 3 || w.IntN(30) == 0 {
			w.pods = append(w.pods, &pod{name: fmt.Sprint("p", len(w.out)), values: map[string]float64{}, present: map[string]bool{}, started: w.now - 1500})
		}
		if len(w.pods) > 4 {
			w.pods = slices.Delete(w.pods, 0, 1)
		}
		for _, p := range w.pods {
			w.now += int64(w.IntN(20))
			w.scrape(p)
		}
		w.evaluate()
		w.seldom()
	}
	return w.out
}

// seldom does what happens to logs from time to time.
func (w *world) seldom() {
	switch w.IntN(200) {
	case 0:
		w.out = append(w.out, func(d *points.Derivation) error { d.Lost(); return nil })
	case 1:
		w.now += 11 * 60_000
	case 2:
		w.now += 7 * 3600_000
	case 3:
		unknown := w.now
		w.out = append(w.out, func(d *points.Derivation) error {
			return d.Samples([]record.RefSample{{Ref: 1 << 40, T: unknown, V: 1}})
		})
	case 4:
		w.again()
	}
}

// again has a part of the log come once more.
func (w *world) again() {
	repeated := slices.Clone(w.out[max(0, len(w.out)-40):])
	var named []record.RefSeries
	for key, ref := range w.refs {
		named = append(named, record.RefSeries{Ref: ref, Labels: labelsOf(key)})
	}
	slices.SortFunc(named, func(a, b record.RefSeries) int { return int(a.Ref) - int(b.Ref) })
	w.out = append(w.out, func(d *points.Derivation) error { d.Lost(); d.ForgetReferences(); d.Series(named, true); return nil })
	w.out = append(w.out, repeated...)
}

func testSeeds(t *testing.T, test func(t *testing.T, seed uint64)) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { test(t, seed) })
	}
}

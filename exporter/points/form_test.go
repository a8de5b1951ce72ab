package points_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// natives are native histograms of a scrape, by their series.
type natives map[string]*histogram.Histogram

// sumsOfNatives sums up n over all its labels, and exports nothing else.
func sumsOfNatives(t *testing.T) *script {
	t.Helper()
	return beginWith(t, "aggregate: [{metric: n, by: [], to: all}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
}

// scrapeWith gives the records of a scrape with native histograms, which follow its numbers.
func (s *script) scrapeWith(t int64, all natives, values ...v) {
	s.t.Helper()
	s.scrape("a", t, values...)
	var samples []record.RefHistogramSample
	for _, name := range []string{"n", `n{path="/"}`, `n{path="/a"}`} {
		if h := all[name]; h != nil {
			s.name("a", v{name, 0})
			samples = append(samples, record.RefHistogramSample{Ref: s.refs[name+"@a"], T: t, H: h})
		}
	}
	if err := s.d.Histograms(samples); err != nil {
		s.t.Fatal(err)
	}
	conserved(s.t, s.d.Counts(), int(s.d.Counts().Emitted))
}

// finer has counted the same as nativeOf, at a schema of twice as many buckets.
func finer(n int64) *histogram.Histogram {
	h := nativeOf(n)
	h.Schema, h.PositiveSpans, h.PositiveBuckets = 1, []histogram.Span{{Offset: 1, Length: 4}}, []int64{0, n, -n, 2 * n}
	return h
}

// bounded is a native histogram with two bounds.
func bounded(bounds []float64, n int64) *histogram.Histogram {
	return &histogram.Histogram{
		Schema: histogram.CustomBucketsSchema, CustomValues: bounds, Count: uint64(3 * n), Sum: float64(6 * n),
		PositiveSpans: []histogram.Span{{Length: 3}}, PositiveBuckets: []int64{n, 0, 0},
	}
}

func TestAnAggregateOfNativeHistograms(t *testing.T) {
	s := sumsOfNatives(t)
	s.scrapeWith(10_000, natives{`n{path="/"}`: nativeOf(1)})
	s.want()
	// The second one is born: all of it counts.
	s.scrapeWith(20_000, natives{`n{path="/"}`: nativeOf(2), `n{path="/a"}`: nativeOf(5)})
	s.want("all 10000-20000: 19 mean 2.842 growth 2 scale 1 [1 6 12 0]")
	// One begins anew, and one is not there any more.
	s.scrapeWith(30_000, natives{`n{path="/"}`: nativeOf(1)})
	s.want("all 10000-30000: 23 mean 2.739 growth 2 scale 1 [2 7 14 0]")
}

func TestASumHasTheLowestResolution(t *testing.T) {
	s := sumsOfNatives(t)
	s.scrapeWith(10_000, natives{`n{path="/"}`: finer(1), `n{path="/a"}`: finer(1)})
	s.scrapeWith(20_000, natives{`n{path="/"}`: finer(2), `n{path="/a"}`: finer(3)})
	s.want("all 10000-20000: 9 mean 3 growth 1.414 scale 1.414 [0 3 0 6 0]")
	// A histogram of the library reduces its resolution when it has too many buckets.
	s.scrapeWith(30_000, natives{`n{path="/"}`: nativeOf(4), `n{path="/a"}`: finer(4)})
	s.want("all 10000-30000: 18 mean 3 growth 2 scale 1 [0 6 12 0]")
}

func TestASumOfNativeHistogramsWithBounds(t *testing.T) {
	s := sumsOfNatives(t)
	bounds := []float64{1, 5}
	s.scrapeWith(10_000, natives{`n{path="/"}`: bounded(bounds, 1), `n{path="/a"}`: bounded(bounds, 1)})
	s.scrapeWith(20_000, natives{`n{path="/"}`: bounded(bounds, 2), `n{path="/a"}`: bounded(bounds, 4)})
	s.want("all 10000-20000: 12 mean 2 [1 5] [4 4 4]")
	s.scrapeWith(30_000, natives{`n{path="/"}`: bounded(bounds, 3), `n{path="/a"}`: nativeOf(1)})
	s.want("all 10000-30000: 15 mean 2 [1 5] [5 5 5]")
	s.dropped(series.NotSummable, 1)
}

// TestASumOfBothKinds has a target that exposes the same histogram as a classic and as a
// native one, and then as a classic one only.
func TestASumOfBothKinds(t *testing.T) {
	s := sumsOfNatives(t)
	both := func(at, n int64) {
		t.Helper()
		s.scrapeWith(at, natives{"n": nativeOf(n)}, classic(float64(n))...)
	}
	both(10_000, 1)
	both(20_000, 2)
	both(30_000, 4)
	s.want("all 10000-20000: 3 mean 3 growth 2 scale 1 [0 1 2 0]", "all 10000-30000: 9 mean 3 growth 2 scale 1 [0 3 6 0]")
	s.dropped(series.Shadowed, 6)
	later := int64(30_000 + 11*60_000)
	s.scrapeWith(later, nil, classic(5)...)
	s.scrapeWith(later+10_000, nil, classic(7)...)
	s.want("all 30001-690000: 1 mean 1 [1] [0 1]", "all 30001-700000: 3 mean 1 [1] [0 3]")
}

// classic are the parts of n that are not native.
func classic(all float64) []v {
	return []v{{`n_bucket{le="1"}`, 0}, {"n_count", all}, {"n_sum", all}}
}

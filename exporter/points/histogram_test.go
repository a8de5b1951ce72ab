package points_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

func TestAHistogramIsOneSeries(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, histogramOf(1, 2, 3, 30)...)
	s.scrape("a", 20_000, histogramOf(2, 5, 7, 50)...)
	s.want("h 10000-20000: 4 mean 5 [1 5] [1 2 1]")
	if c := s.d.Counts(); c.Emitted != 5+2 || c.Anchors != 5 {
		t.Errorf("%+v", c)
	}
}

func TestAHistogramIsBorn(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000)
	s.scrape("a", 20_000, histogramOf(1, 2, 3, 30)...)
	s.want("h 10000-20000: 3 mean 10 [1 5] [1 1 1]")
}

func TestAnyFallResetsAHistogram(t *testing.T) {
	for name, test := range map[string]struct {
		then []v
		want string
	}{
		"of all":                         {histogramOf(1, 1, 1, 3), "h 20001-30000: 1 mean 3 [1 5] [1 0 0]"},
		"of a bucket":                    {histogramOf(1, 6, 8, 60), "h 20001-30000: 8 mean 7.5 [1 5] [1 5 2]"},
		"of the sum":                     {histogramOf(2, 5, 8, 49), "h 20001-30000: 8 mean 6.125 [1 5] [2 3 3]"},
		"of what is between two bounds":  {histogramOf(4, 6, 9, 60), "h 20001-30000: 9 mean 6.667 [1 5] [4 2 3]"},
		"other bounds":                   {append(histogramOf(2, 5, 9, 60), v{`h_bucket{le="3"}`, 4}), "h 20001-30000: 9 mean 6.667 [1 3 5] [2 2 1 4]"},
		"but not if it goes on":          {histogramOf(3, 6, 8, 52), "h 10000-30000: 5 mean 4.4 [1 5] [2 2 1]"},
		"but not if nothing happened":    {histogramOf(2, 5, 7, 50), "h 10000-30000: 4 mean 5 [1 5] [1 2 1]"},
		"nor if only the sum is missing": {append(histogramOf(2, 5, 7, 50)[:3], v{"h_count", 7}), "h 10000-30000: 4 mean 5 [1 5] [1 2 1]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			s.scrape("a", 10_000, histogramOf(1, 2, 3, 30)...)
			s.scrape("a", 20_000, histogramOf(2, 5, 7, 50)...)
			s.scrape("a", 30_000, test.then...)
			s.want("h 10000-20000: 4 mean 5 [1 5] [1 2 1]", test.want)
		})
	}
}

func TestTheSumOfNegativeObservationsMayFall(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, histogramOf(1, 1, 1, -5)...)
	s.scrape("a", 20_000, histogramOf(2, 2, 2, -9)...)
	s.want("h 10000-20000: 1 mean -4 [1 5] [1 0 0]")
}

func TestAHistogramThatVanishedIsReset(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, histogramOf(1, 2, 3, 30)...)
	gone := histogramOf(stale, stale, stale, stale)
	s.scrape("a", 20_000, gone...)
	s.scrape("a", 30_000, histogramOf(1, 2, 3, 30)...)
	s.want("h 20000-30000: 3 mean 10 [1 5] [1 1 1]")
}

func TestHistogramsThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct {
		parts  []v
		reason series.Reason
	}{
		"a NaN sum":         {histogramOf(1, 2, 3, nan), series.NotFinite},
		"an infinite sum":   {histogramOf(1, 2, 3, inf), series.NotFinite},
		"a NaN bucket":      {histogramOf(nan, 2, 3, 1), series.NotFinite},
		"without a count":   {histogramOf(1, 2, 3, 30)[:4], series.IncompleteHistogram},
		"without a bound":   {histogramOf(1, 2, 3, 30)[2:], series.NoBounds},
		"buckets that fall": {histogramOf(2, 1, 3, 30), series.InconsistentHistogram},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			s.scrape("a", 10_000, histogramOf(1, 2, 3, 30)...)
			s.scrape("a", 20_000, test.parts...)
			s.dropped(test.reason, uint64(len(test.parts)))
			s.scrape("a", 30_000, histogramOf(2, 5, 7, 50)...)
			s.want("h 10000-30000: 4 mean 5 [1 5] [1 2 1]")
		})
	}
}

func TestRecordedHistogramsComeInThreeRecords(t *testing.T) {
	s := beginWith(t, "static_metadata: [{metric: rh, type: histogram}]")
	parts := func(at int64, below, all float64) {
		s.samples("r", at, v{`rh_bucket{le="1"}`, below}, v{`rh_bucket{le="+Inf"}`, all})
		s.samples("r", at, v{"rh_sum", all})
		s.samples("r", at, v{"rh_count", all})
	}
	s.scrape("a", 9_000)
	s.scrape("a", 10_000)
	parts(10_000, 1, 3)
	parts(10_500, 2, 5)
	s.want()
	s.scrape("a", 11_000)
	s.scrape("a", 12_000)
	s.want()
	s.scrape("a", 13_000)
	s.want("rh 10000-10500: 2 mean 1 [1] [1 1]")
	parts(20_000, 3, 6)
	parts(30_000, 3, 7)
	s.want("rh 10000-20000: 3 mean 1 [1] [2 1]")
	s.d.Finish()
	s.want("rh 10000-30000: 4 mean 1 [1] [2 2]")
}

func TestAnyPartSelectsAHistogram(t *testing.T) {
	selector, err := configuration.ParseSelector(`{__name__=~"h_count|s_count"}`)
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, func(c *configuration.Settings) { c.Include = []configuration.Selector{selector} })
	for i := range 2 {
		parts := histogramOf(float64(i), float64(i), float64(i), float64(i))
		s.scrape("a", int64(10_000*(i+1)), append(parts, v{"s_sum", 1}, v{"s_count", float64(i)}, v{"g", 1})...)
	}
	s.want("s_count 10000-20000: int 1", "h 10000-20000: 1 mean 1 [1 5] [1 0 0]")
	if c := s.d.Counts(); c.Selected != 2*6 {
		t.Errorf("%d samples selected: the sum of the summary is not", c.Selected)
	}
}

func TestMoreThan200BucketsAreMerged(t *testing.T) {
	s := begin(t)
	parts := func(each float64) []v {
		var all []v
		for i := range 450 {
			all = append(all, v{fmt.Sprintf(`h_bucket{le="%d"}`, i+1), each * float64(i+1)})
		}
		return append(all, v{"h_count", each * 451}, v{"h_sum", 1})
	}
	s.scrape("a", 10_000)
	s.scrape("a", 20_000, parts(1)...)
	d := s.last.Value.Distribution
	if d == nil {
		t.Fatal("no distribution")
	}
	if len(d.Counts) > 200 || len(d.Counts) != len(d.Bounds)+1 || d.Count != 451 || d.Counts[0] != 3 || d.Bounds[0] != 3 || d.Bounds[len(d.Bounds)-1] != 450 {
		t.Errorf("%d counts, %d in all, %v", len(d.Counts), d.Count, d.Bounds)
	}
}

func nativeOf(n int64) *histogram.Histogram {
	return &histogram.Histogram{
		Count: uint64(3*n + 1), Sum: float64(9 * n), Schema: 0, ZeroThreshold: 0.001, ZeroCount: 1,
		PositiveSpans: []histogram.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []int64{n, n},
	}
}

func (s *script) native(t int64, h *histogram.Histogram) {
	s.t.Helper()
	s.name("a", v{"n", 0})
	if err := s.d.Histograms([]record.RefHistogramSample{{Ref: s.refs["n@a"], T: t, H: h}}); err != nil {
		s.t.Fatal(err)
	}
}

func TestNativeHistogramsBecomeExponentialOnes(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000)
	s.native(10_000, nativeOf(1))
	s.scrape("a", 20_000)
	s.native(20_000, nativeOf(3))
	s.want("n 10000-20000: 6 mean 3 growth 2 scale 1 [0 2 4 0]")
	s.scrape("a", 30_000)
	s.native(30_000, nativeOf(2))
	s.want("n 20001-30000: 7 mean 2.571 growth 2 scale 1 [1 2 4 0]")
	s.scrape("a", 40_000)
	s.native(40_000, &histogram.Histogram{Sum: math.Float64frombits(0x7ff0000000000002)})
	s.scrape("a", 50_000)
	s.native(50_000, nativeOf(4))
	s.want("n 40000-50000: 13 mean 2.769 growth 2 scale 1 [1 4 8 0]")
}

func TestANativeHistogramIsBorn(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000)
	s.name("a", v{"n", 0})
	s.scrape("a", 20_000)
	s.native(20_000, nativeOf(1))
	s.want("n 10000-20000: 4 mean 2.25 growth 2 scale 1 [1 1 2 0]")
}

func TestANativeHistogramShadowsTheClassicOne(t *testing.T) {
	s := begin(t)
	classic := func(all float64) []v { return []v{{`n_bucket{le="1"}`, 0}, {"n_count", all}, {"n_sum", all}} }
	for i := range 3 {
		at := int64(10_000 * (i + 1))
		s.scrape("a", at, classic(float64(i))...)
		s.native(at, nativeOf(int64(i+1)))
	}
	s.want("n 10000-20000: 3 mean 3 growth 2 scale 1 [0 1 2 0]", "n 10000-30000: 6 mean 3 growth 2 scale 1 [0 2 4 0]")
	s.dropped(series.Shadowed, 6)
}

package points_test

import (
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

func minPeriod(s *configuration.Settings) { s.MinPeriod = 9 * time.Second }

func TestPointsThatAreTooCloseAreHeldBack(t *testing.T) {
	s := begin(t, minPeriod)
	for i := range 5 {
		s.scrape("a", int64(10_000+5_000*i), v{"c_total", float64(i)}, v{"g", float64(i)})
	}
	s.want("g @10000: 0", "c_total 10000-15000: 1", "g @20000: 2", "c_total 10000-25000: 3", "g @30000: 4")
	c := s.d.Counts()
	// Of c_total and g, one is held each time but one; up is as g.
	if c.Held != 5 || c.Waiting != 1 || c.HeldLost != 0 {
		t.Errorf("%+v", c)
	}
	s.d.Finish()
	if c := s.d.Counts(); c.Held != 6 || c.Waiting != 0 || c.HeldLost != 1 || c.HeldLostAmount != 1 {
		t.Errorf("%+v", c)
	}
	s.want()
}

func TestWhatIsHeldBackIsLostWhereASeriesBeginsAnew(t *testing.T) {
	s := begin(t, minPeriod)
	s.scrape("a", 10_000, v{"c_total", 1})
	s.scrape("a", 20_000, v{"c_total", 2})
	s.scrape("a", 25_000, v{"c_total", 5})
	s.scrape("a", 30_000, v{"c_total", 1})
	s.want("c_total 10000-20000: 1", "c_total 25001-30000: 1")
	if c := s.d.Counts(); c.HeldLost != 1 || c.HeldLostAmount != 3 {
		t.Errorf("%+v", c)
	}
}

func TestTwoSeriesThatAreOne(t *testing.T) {
	s := begin(t)
	first, second := v{`g{pod="pod-a"}`, 1}, v{"g", 2}
	s.scrape("a", 10_000, first, second)
	s.scrape("a", 20_000, second)
	s.want("g @10000: 1")
	s.dropped(series.Collision, 2)
	for e := range s.d.Explain() {
		if len(e.Refused) == 1 && (e.Refused[0].Reason != series.Collision || e.Refused[0].Detail != `{__name__="g", instance="a", job="job", pod="pod-a"}`) {
			t.Errorf("%+v", e)
		}
	}
	t.Run("until the first is stale", func(t *testing.T) {
		s.scrape("a", 30_000, v{`g{pod="pod-a"}`, stale}, second)
		s.want("g @30000: 2")
		s.scrape("a", 40_000, first, second)
		s.want("g @40000: 2")
	})
	t.Run("or silent for ten minutes", func(t *testing.T) {
		s.scrape("a", 40_000+10*60_000, first)
		s.want()
		s.scrape("a", 40_001+10*60_000, first)
		s.want("g @640001: 1")
	})
}

func TestMaxSeries(t *testing.T) {
	s := begin(t, func(c *configuration.Settings) { c.MaxSeries = 2 })
	s.samples("a", 10_000, v{"g", 1}, v{"c_total", 1}, v{"u", 1})
	s.samples("a", 20_000, v{"u", 2})
	s.want("g @10000: 1")
	s.dropped(series.MaxSeries, 2)
	s.samples("a", 20_001+10*60_000, v{"u", 3})
	s.want("u @620001: 3")
}

const sumOfCodes = "aggregate: [{metric: c_total, by: [code], to: sums}]"

func TestAnAggregateAddsUpIncrements(t *testing.T) {
	s := beginWith(t, sumOfCodes, func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	path := func(p string, value float64) v { return v{`c_total{code="200",path="` + p + `"}`, value} }
	s.scrape("a", 10_000, path("/", 10), path("/a", 5))
	s.want()
	s.scrape("a", 20_000, path("/", 11), path("/a", 7))
	s.want("sums code=200 10000-20000: 3")
	s.scrape("a", 30_000, path("/", 11), path("/a", stale))
	s.want("sums code=200 10000-30000: 3")
	s.scrape("a", 40_000, path("/", 2), path("/b", 4))
	s.want("sums code=200 10000-40000: 9")
	s.scrape("a", 50_000, path("/", 2), path("/a", 1), path("/b", 4))
	s.want("sums code=200 10000-50000: 10")
	s.fails(60_000, path("/", stale), path("/a", stale), path("/b", stale))
	s.want()
	s.scrape("a", 70_000, path("/", 3))
	s.want("sums code=200 10000-70000: 11")
	conserved(t, s.d.Counts(), int(s.d.Counts().Emitted))
}

// nothing is a selector that matches no series.
func nothing(t *testing.T) configuration.Selector {
	t.Helper()
	selector, err := configuration.ParseSelector(`{__name__="nothing"}`)
	if err != nil {
		t.Fatal(err)
	}
	return selector
}

func TestAnAggregateOfHistograms(t *testing.T) {
	s := beginWith(t, "aggregate: [{metric: h, without: [path], to: all}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	parts := func(p string, below, all float64) []v {
		label := `path="` + p + `"`
		return []v{
			{`h_bucket{` + label + `,le="1"}`, below}, {`h_bucket{` + label + `,le="+Inf"}`, all},
			{"h_sum{" + label + "}", 2 * all}, {"h_count{" + label + "}", all},
		}
	}
	s.scrape("a", 10_000, parts("/", 1, 2)...)
	s.scrape("a", 20_000, append(parts("/", 2, 4), parts("/a", 1, 1)...)...)
	s.want("all 10000-20000: 3 mean 2 [1] [2 1]")
	s.scrape("a", 30_000, append(parts("/", 1, 1), parts("/a", 1, 1)...)...)
	s.want("all 10000-30000: 4 mean 2 [1] [3 1]")
}

// TestASumOfHistogramsWithOtherBoundsLosesNothing has a histogram of a scrape that is in the sum
// already when another one brings more bounds.
func TestASumOfHistogramsWithOtherBoundsLosesNothing(t *testing.T) {
	s := beginWith(t, "aggregate: [{metric: h, without: [path], to: all}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	narrow := func(path string, n float64) []v {
		label := `path="` + path + `"`
		return []v{{`h_bucket{` + label + `,le="2"}`, n}, {`h_sum{` + label + `}`, 4 * n}, {`h_count{` + label + `}`, 2 * n}}
	}
	wide := func(n float64) []v {
		return append(narrow("/wide", n), v{`h_bucket{path="/wide",le="1"}`, 0}, v{`h_bucket{path="/wide",le="3"}`, 2 * n})
	}
	s.scrape("a", 10_000, narrow("/", 1)...)
	// Both are born, and the sum has not had a point.
	s.scrape("a", 20_000, append(narrow("/", 3), append(narrow("/a", 5), wide(1)...)...)...)
	s.want("all 10000-20000: 16 mean 2 [1 2 3] [0 8 1 7]")
	s.scrape("a", 30_000, append(narrow("/", 4), append(narrow("/a", 5), wide(2)...)...)...)
	s.want("all 10000-30000: 20 mean 2 [1 2 3] [0 10 2 8]")
	more := append(narrow("/b", 6), v{`h_bucket{path="/b",le="9"}`, 12})
	// The sum begins anew with what the scrape has counted, in whatever order.
	s.scrape("a", 40_000, append(narrow("/", 5), append(more, wide(3)...)...)...)
	s.want("all 30001-40000: 16 mean 2 [1 2 3 9] [0 8 1 6 1]")
	s.scrape("a", 50_000, append(narrow("/", 6), append(more, wide(3)...)...)...)
	s.want("all 30001-50000: 18 mean 2 [1 2 3 9] [0 9 1 6 2]")
	conserved(t, s.d.Counts(), int(s.d.Counts().Emitted))
}

// TestASumThatBeginsAnewIsNotBackdated gives a sum more bounds just after Google refused its start.
func TestASumThatBeginsAnewIsNotBackdated(t *testing.T) {
	s := beginWith(t, "aggregate: [{metric: h, by: [], to: all}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	s.scrape("a", 10_000, histogramOf(1, 2, 3, 4)...)
	s.scrape("a", 20_000, histogramOf(1, 2, 4, 4)...)
	s.want("all 10000-20000: 1 mean 0 [1 5] [0 0 1]")
	s.d.Reanchor(s.last.Series.Identity)
	s.scrape("a", 30_000, histogramOf(1, 2, 5, 4)...)
	s.scrape("a", 40_000, append(histogramOf(1, 2, 3, 4), v{`h_bucket{le="3"}`, 2})...)
	s.want("all 30000-40000: 3 mean 1.333 [1 3 5] [1 1 0 1]")
}

func TestAggregatesOfTargetsAreApart(t *testing.T) {
	s := beginWith(t, sumOfCodes, func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	for i := range 2 {
		for _, target := range []string{"a", "b"} {
			s.scrape(target, int64(10_000*(i+1)), v{`c_total{code="200"}`, float64(i)})
		}
	}
	s.want("sums code=200 10000-20000: 1", "sums code=200 10000-20000: 1")
}

func TestWhatCannotBeSummedUp(t *testing.T) {
	s := beginWith(t, "aggregate: [{metric: g, to: x}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	s.scrape("a", 10_000, v{"g", 1})
	s.dropped(series.NotSummable, 1)
}

func TestMaxInputs(t *testing.T) {
	s := beginWith(t, sumOfCodes, func(c *configuration.Settings) {
		c.Include, c.MaxInputs = []configuration.Selector{nothing(t)}, 1
	})
	s.scrape("a", 10_000, v{`c_total{code="1"}`, 1}, v{`c_total{code="2"}`, 1})
	s.scrape("a", 20_000, v{`c_total{code="1"}`, 2}, v{`c_total{code="2"}`, 2})
	s.want("sums code=1 10000-20000: 1")
	s.dropped(series.MaxInputs, 2)
}

func TestAggregatedCountersHaveAPointEachMinute(t *testing.T) {
	s := beginWith(t, "aggregated_counters: [{metric: all, filters: ['c_total']}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	for i := range 14 {
		s.scrape([]string{"a", "b"}[i%2], int64(10_000*(i+1)), v{"c_total", float64(i)})
	}
	s.want("opencensus/all 10000-70000: 10", "opencensus/all 10000-130000: 22")
	if s.last.Series.Resource != "k8s_container" || s.last.Series.ResourceLabels[1].Value != "gcm-exporter" {
		t.Errorf("%+v", s.last.Series)
	}
}

func TestAggregatedCountersLoseNothingAtTheirEnds(t *testing.T) {
	s := beginWith(t, "aggregated_counters: [{metric: all, filters: ['c_total']}]", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} })
	s.scrape("a", 10_000)
	s.scrape("a", 20_000, v{"c_total", 5})
	s.scrape("a", 30_000, v{"c_total", 7})
	s.want()
	s.d.Finish()
	s.want("opencensus/all 10000-30000: 7")
	if c := s.d.Counts(); c.Waiting != 0 || c.Emitted != 2 || c.Anchors != 0 {
		t.Errorf("%+v", c)
	}
}

func TestAReloadBeginsAtTheLastSampleBefore(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, append(histogramOf(1, 2, 3, 4), v{"c_total", 1}, v{"g", 1})...)
	s.scrape("a", 20_000, append(histogramOf(1, 2, 4, 5), v{"c_total", 3}, v{"g", 1})...)
	s.want("g @10000: 1", "c_total 10000-20000: 2", "g @20000: 1", "h 10000-20000: 1 mean 1 [1 5] [0 0 1]")
	s.d.Reconfigure(s.resolver("metric_renames: [{from: c_total, to: renamed}, {from: h, to: other}]"))
	s.scrape("a", 30_000, append(histogramOf(2, 3, 5, 6), v{"c_total", 6}, v{"g", 1})...)
	s.want("renamed 20000-30000: 3", "g @30000: 1", "other 20000-30000: 1 mean 1 [1 5] [1 0 0]")
	s.d.Reconfigure(s.resolver(""))
	s.scrape("a", 40_000, append(histogramOf(2, 3, 5, 6), v{"c_total", 8}, v{"g", 1})...)
	s.want("c_total 30000-40000: 2", "g @40000: 1", "h 30000-40000: 0 mean 0 [1 5] [0 0 0]")
}

func TestAReloadOfWhatStaysTheSame(t *testing.T) {
	s := beginWith(t, sumOfCodes)
	s.scrape("a", 10_000, v{`c_total{code="1"}`, 1})
	s.scrape("a", 20_000, v{`c_total{code="1"}`, 3})
	s.want("c_total code=1 10000-20000: 2", "sums code=1 10000-20000: 2")
	s.d.Reconfigure(s.resolver(sumOfCodes + "\nmetric_renames: [{from: g, to: other}]"))
	s.scrape("a", 30_000, v{`c_total{code="1"}`, 4})
	s.want("c_total code=1 10000-30000: 3", "sums code=1 10000-30000: 3")
	s.d.Reconfigure(s.resolver("aggregate: [{metric: c_total, by: [code], to: sums2}]"))
	s.scrape("a", 40_000, v{`c_total{code="1"}`, 5})
	s.want("c_total code=1 10000-40000: 4", "sums2 code=1 30000-40000: 1")
}

func TestASeriesThatIsNotSelectedAnyMore(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"g", 1})
	s.want("g @10000: 1")
	s.d.Reconfigure(s.resolver("", func(c *configuration.Settings) { c.Include = []configuration.Selector{nothing(t)} }))
	if s.d.Wanted().Has(s.refs["g@a"]) || !s.d.Wanted().Has(s.refs["up@a"]) {
		t.Error("the samples of up alone are wanted")
	}
	s.scrape("a", 20_000, v{"g", 1})
	s.want()
}

func TestForgettingAfterSixHours(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 1})
	s.scrape("a", 20_000, v{"c_total", 2})
	for i := range 40 {
		s.scrape("b", int64(20_000+(i+1)*10*60_000))
	}
	if snapshot := known(t, s.d)[0].(*points.Snapshot); snapshot.Sources != 1 || snapshot.Targets != 1 || snapshot.Streams != 1 {
		t.Errorf("%d series, %d targets, %d time series", snapshot.Sources, snapshot.Targets, snapshot.Streams)
	}
	if s.d.Wanted().Has(s.refs["c_total@a"]) {
		t.Error("still wanted")
	}
}

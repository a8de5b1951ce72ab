package points_test

import (
	"testing"

	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

func TestTheFirstSampleIsTheAnchor(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 5})
	s.scrape("a", 20_000, v{"c_total", 7})
	s.want("c_total 10000-20000: 2")
}

func TestASeriesIsBornWhileItsTargetIsScraped(t *testing.T) {
	for name, test := range map[string]struct {
		before func(s *script)
		want   []string
	}{
		"the whole value counts":                 {func(s *script) { s.scrape("a", 10_000) }, []string{"c_total 10000-20000: 3", "c_total 10000-30000: 4"}},
		"from the last scrape that succeeded":    {func(s *script) { s.scrape("a", 10_000); s.fails(15_000) }, []string{"c_total 10000-20000: 3", "c_total 10000-30000: 4"}},
		"not from a scrape that failed":          {func(s *script) { s.fails(10_000) }, []string{"c_total 20000-30000: 1"}},
		"not after something was lost":           {func(s *script) { s.scrape("a", 10_000); s.d.Lost() }, []string{"c_total 20000-30000: 1"}},
		"not more than three intervals later":    {func(s *script) { s.scrape("a", 1000); s.scrape("a", 5000); s.scrape("a", 7_999) }, []string{"c_total 20000-30000: 1"}},
		"if named before that scrape, not":       {func(s *script) { s.name("a", v{"c_total", 0}); s.scrape("a", 10_000) }, []string{"c_total 20000-30000: 1"}},
		"not if a checkpoint named it":           {func(s *script) { s.scrape("a", 10_000); s.checkpoint = true; s.name("a", v{"c_total", 0}) }, []string{"c_total 20000-30000: 1"}},
		"not because of another target's scrape": {func(s *script) { s.scrape("b", 10_000) }, []string{"c_total 20000-30000: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			test.before(s)
			s.scrape("a", 20_000, v{"c_total", 3})
			s.scrape("a", 30_000, v{"c_total", 4})
			s.want(test.want...)
		})
	}
}

func TestTheFirstScrapeOfATarget(t *testing.T) {
	started := v{"process_start_time_seconds", 15}
	for name, test := range map[string]struct {
		horizon int64
		started v
		want    []string
	}{
		"counts from the start of its process": {10_000, started, []string{"process_start_time_seconds @20000: 15", "c_total 15000-20000: 3", "c_total 15000-30000: 4"}},
		"not from before the horizon":          {15_000, started, []string{"process_start_time_seconds @20000: 15", "c_total 20000-30000: 1"}},
		"not from the future":                  {10_000, v{"process_start_time_seconds", 25}, []string{"process_start_time_seconds @20000: 25", "c_total 20000-30000: 1"}},
		"not without that time":                {10_000, v{"g", 15}, []string{"g @20000: 15", "c_total 20000-30000: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			s.d = points.New(points.Options{Horizon: test.horizon}, s.resolver(""), s.lookup, s.take)
			s.scrape("a", 20_000, test.started, v{"c_total", 3})
			s.scrape("a", 30_000, v{"c_total", 4})
			s.want(test.want...)
		})
	}
	t.Run("not from more than six hours ago", func(t *testing.T) {
		s := begin(t)
		s.scrape("a", 7*3600_000, v{"process_start_time_seconds", 3599}, v{"c_total", 3})
		s.scrape("a", 7*3600_000+10_000, v{"c_total", 4})
		s.want("process_start_time_seconds @25200000: 3599", "c_total 25200000-25210000: 1")
	})
	t.Run("after a scrape that failed", func(t *testing.T) {
		s := begin(t)
		s.fails(16_000)
		s.scrape("a", 20_000, started, v{"c_total", 3})
		s.want("process_start_time_seconds @20000: 15", "c_total 15000-20000: 3")
	})
	t.Run("of another pod with the same address", func(t *testing.T) {
		s := begin(t)
		s.scrape("a", 5_000, v{`c_total{pod_uid="1"}`, 9})
		s.samples("a", 10_000, v{`c_total{pod_uid="1"}`, stale}, v{"up", stale})
		s.scrape("a", 20_000, started, v{`c_total{pod_uid="2"}`, 3})
		s.want("process_start_time_seconds @20000: 15", "c_total pod_uid=2 15000-20000: 3")
	})
}

func TestAScrapedCounterThatFallsIsReset(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 5})
	s.scrape("a", 20_000, v{"c_total", 7})
	s.scrape("a", 30_000, v{"c_total", 1})
	s.scrape("a", 40_000, v{"c_total", 1})
	s.want("c_total 10000-20000: 2", "c_total 20001-30000: 1", "c_total 20001-40000: 1")
}

func TestASeriesThatVanishedAloneIsReset(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 5})
	s.scrape("a", 20_000, v{"c_total", stale})
	s.scrape("a", 30_000)
	s.scrape("a", 40_000, v{"c_total", 9})
	s.want("c_total 30000-40000: 9")
}

func TestASeriesThatVanishedWhileItsTargetFailedIsReset(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, append(histogramOf(1, 2, 3, 4), v{"c_total", 5})...)
	s.fails(20_000, append(histogramOf(stale, stale, stale, stale), v{"c_total", stale})...)
	s.scrape("a", 30_000)
	s.scrape("a", 40_000, append(histogramOf(1, 2, 3, 4), v{"c_total", 9})...)
	s.want("c_total 30000-40000: 9", "h 30000-40000: 3 mean 1.333 [1 5] [1 1 1]")
}

func TestWhatIsNotFiniteIsNotMissing(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, append(histogramOf(1, 2, 3, 4), v{"c_total", 5})...)
	s.fails(20_000, append(histogramOf(stale, stale, stale, stale), v{"c_total", stale})...)
	s.scrape("a", 30_000, append(histogramOf(1, 2, 3, nan), v{"c_total", nan})...)
	s.scrape("a", 40_000, append(histogramOf(1, 2, 4, 5), v{"c_total", 9})...)
	s.want("c_total 10000-40000: 4", "h 10000-40000: 1 mean 1 [1 5] [0 0 1]")
}

func TestATargetThatFailedIsNotReset(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 5})
	s.fails(20_000, v{"c_total", stale})
	s.fails(30_000)
	s.scrape("a", 40_000, v{"c_total", 9})
	s.fails(50_000, v{"c_total", stale})
	s.scrape("a", 60_000, v{"c_total", 2})
	s.want("c_total 10000-40000: 4", "c_total 40001-60000: 2")
}

func TestARecordedCounterThatFallsIsRebased(t *testing.T) {
	s := beginWith(t, "static_metadata: [{metric: 'job:c:sum', type: counter}]")
	for i, value := range []float64{5, 9, 3, 4, stale, 1, 6} {
		s.samples("a", int64(10_000*(i+1)), v{"job:c:sum", value})
	}
	s.want("job_c_sum 10000-20000: 4", "job_c_sum 10000-30000: 4", "job_c_sum 10000-40000: 5", "job_c_sum 10000-60000: 5", "job_c_sum 10000-70000: 10")
}

func TestWhatIsNotFiniteTouchesNoState(t *testing.T) {
	s := begin(t)
	for i, value := range []float64{5, nan, inf, 6} {
		s.scrape("a", int64(10_000*(i+1)), v{"c_total", value}, v{"g", value})
	}
	s.want("g @10000: 5", "g @30000: +Inf", "c_total 10000-40000: 1", "g @40000: 6")
	s.dropped(series.NotFinite, 3)
}

func TestSamplesThatAreNotNewerAreDropped(t *testing.T) {
	s := begin(t)
	s.samples("a", 20_000, v{"g", 1}, v{"g", 2})
	s.samples("a", 10_000, v{"g", 3})
	s.want("g @20000: 1")
	s.dropped(series.NotNewer, 2)
}

func TestGoogleRefusedTheStart(t *testing.T) {
	s := begin(t)
	var id series.Identity
	s.scrape("a", 10_000, v{"c_total", 5})
	for e := range s.d.Explain() {
		if e.Series[0].MetricType == "external.googleapis.com/prometheus/c_total" {
			id = e.Series[0].Identity
		}
	}
	s.scrape("a", 20_000, v{"c_total", 6})
	s.d.Reanchor(id)
	s.scrape("a", 30_000, v{"c_total", 8})
	s.scrape("a", 40_000, v{"c_total", 9})
	s.want("c_total 10000-20000: 1", "c_total 30000-40000: 1")
}

func TestWaitingForPrometheus(t *testing.T) {
	s := begin(t)
	s.lookup.waits = true
	s.name("a", v{"g", 0}, v{"up", 0})
	samples := samplesOf(s, "a", 10_000, v{"g", 1}, v{"up", 1})
	if err := s.d.Samples(samples); err == nil {
		t.Fatal("it did not wait")
	}
	if c := s.d.Counts(); c.Waiting != 2 || c.Selected != 2 {
		t.Errorf("%+v", c)
	}
	s.want()
	s.lookup.waits = false
	if err := s.d.Samples(samples); err != nil {
		t.Fatal(err)
	}
	s.want("g @10000: 1")
}

func TestATargetThatIsFoundLater(t *testing.T) {
	s := begin(t)
	s.lookup.missing = true
	s.scrape("a", 10_000, v{"c_total", 5})
	s.lookup.missing = false
	s.scrape("a", 20_000, v{"c_total", 6})
	s.scrape("a", 45_000, v{"c_total", 8})
	s.want("c_total 20000-45000: 2")
	s.dropped(series.TargetNotFound, 4)
}

func TestTheLogIsReadAgain(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"c_total", 5})
	s.scrape("a", 20_000, v{"c_total", 7})
	s.want("c_total 10000-20000: 2")
	before := s.d.Counts()
	s.d.Lost()
	s.d.ForgetReferences()
	s.refs = map[string]chunks.HeadSeriesRef{}
	s.checkpoint = true
	s.scrape("a", 10_000, v{"c_total", 5})
	s.scrape("a", 20_000, v{"c_total", 7})
	if s.d.Counts().Selected != before.Selected {
		t.Error("samples that came again were counted")
	}
	s.scrape("a", 30_000, v{"c_total", 8})
	s.want("c_total 10000-30000: 3")
}

func TestManagedPrometheusHasTwoSeriesOfUnknownType(t *testing.T) {
	s := begin(t, func(c *configuration.Settings) { c.Destination = configuration.ManagedPrometheus })
	s.scrape("a", 10_000, v{"u", 5})
	s.scrape("a", 20_000, v{"u", 7})
	s.want("u/unknown @10000: 5", "u/unknown @20000: 7", "u/unknown:counter 10000-20000: 2")
}

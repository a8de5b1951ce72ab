package points_test

import (
	"fmt"
	"testing"

	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
)

// scrapesOf has a derivation that knows so many series of one target, and the record of
// one of its scrapes.
func scrapesOf(b testing.TB, count int, name func(i int) string) (*points.Derivation, []record.RefSample) {
	b.Helper()
	emitted := 0
	d := points.New(points.Options{Horizon: 1}, resolverOf(b, "", func(*configuration.Settings) {}), &fakeLookup{types: knownTypes}, func(points.Point) { emitted++ })
	refs := []record.RefSeries{{Ref: 1, Labels: withTarget("up", "proxy", "a")}}
	samples := []record.RefSample{{Ref: 1, V: 1}}
	for i := range count {
		ref := chunks.HeadSeriesRef(i + 2)
		refs = append(refs, record.RefSeries{Ref: ref, Labels: withTarget(name(i), "proxy", "a")})
		samples = append(samples, record.RefSample{Ref: ref})
	}
	d.Series(refs, false)
	return d, samples
}

func benchmarkScrapes(b *testing.B, perSample func(i int) string, rise func(i int) float64) {
	const series = 2000
	d, samples := scrapesOf(b, series, perSample)
	scrape := func(n int) {
		for i := range samples {
			samples[i].T = int64(n+1) * 10_000
			if i > 0 {
				samples[i].V += rise(i - 1)
			}
		}
		if err := d.Samples(samples); err != nil {
			b.Fatal(err)
		}
	}
	scrape(0)
	scrape(1)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		scrape(i + 2)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/series, "ns/sample")
}

func one(int) float64 { return 1 }

// BenchmarkCounters and BenchmarkGauges are for scrapes of 2000 series, all of which are
// exported: no allocation each.
func BenchmarkCounters(b *testing.B) {
	benchmarkScrapes(b, func(i int) string { return fmt.Sprintf(`c_total{n="%d"}`, i) }, one)
}

func BenchmarkGauges(b *testing.B) {
	benchmarkScrapes(b, func(i int) string { return fmt.Sprintf(`g{n="%d"}`, i) }, one)
}

// BenchmarkHistograms is for scrapes of 80 histograms of 25 series.
func BenchmarkHistograms(b *testing.B) {
	parts := func(i int) string {
		switch part := i % 25; part {
		case 0:
			return fmt.Sprintf(`h_sum{n="%d"}`, i/25)
		case 1:
			return fmt.Sprintf(`h_count{n="%d"}`, i/25)
		case 24:
			return fmt.Sprintf(`h_bucket{n="%d",le="+Inf"}`, i/25)
		default:
			return fmt.Sprintf(`h_bucket{n="%d",le="%d"}`, i/25, part)
		}
	}
	benchmarkScrapes(b, parts, func(i int) float64 {
		if i%25 == 1 {
			return 25
		}
		return float64(i % 25)
	})
}

// TestNoAllocations holds counters and gauges to what the benchmarks show.
func TestNoAllocations(t *testing.T) {
	for name, metric := range map[string]string{"counters": "c_total", "gauges": "g"} {
		t.Run(name, func(t *testing.T) {
			d, samples := scrapesOf(t, 100, func(i int) string { return fmt.Sprintf(`%s{n="%d"}`, metric, i) })
			scrape := func() {
				for i := range samples {
					samples[i].T += 10_000
				}
				if err := d.Samples(samples); err != nil {
					t.Fatal(err)
				}
			}
			scrape()
			scrape()
			if allocations := testing.AllocsPerRun(50, scrape); allocations != 0 {
				t.Errorf("%v allocations for a scrape of 100 series", allocations)
			}
		})
	}
}

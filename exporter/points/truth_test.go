package points_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// A counterOfProxy is a counter of a proxy that forgets idle series.
type counterOfProxy struct {
	name    string
	value   float64
	exposed bool
	// scraped is the value that was scraped last of this life of the series.
	scraped float64
	present bool
	truth   float64
}

// TestTheSumOfIncrementsIsTheTruth scrapes a proxy that restarts, fails and forgets idle
// series: what its counters rose by, as of the last scrape, is what the points say, of each
// series and of their sum.
func TestTheSumOfIncrementsIsTheTruth(t *testing.T) {
	testSeeds(t, func(t *testing.T, seed uint64) {
		chance := rand.New(rand.NewPCG(seed, 3))
		s := begin(t)
		said := map[string]map[int64]float64{}
		s.d = points.New(points.Options{Horizon: 1}, resolverOf(t, "aggregate: [{metric: c_total, without: [n], to: all}]", func(*configuration.Settings) {}), s.lookup, func(p points.Point) {
			if p.Series.Kind == "CUMULATIVE" {
				id := strings.TrimPrefix(p.Series.MetricType, "external.googleapis.com/prometheus/") + fmt.Sprint(p.Series.Labels)
				if said[id] == nil {
					said[id] = map[int64]float64{}
				}
				said[id][p.Start] = p.Value.Double
			}
		})
		var all []*counterOfProxy
		for i := range 6 {
			all = append(all, &counterOfProxy{name: fmt.Sprintf(`c_total{n="%d"}`, i), value: 1000, exposed: i < 3})
		}
		for round := range 120 {
			fails := round > 2 && round%25 != 24 && chance.IntN(6) == 0
			step(chance, all, round, fails)
			scrapeCounters(s, all, int64(10_000*(round+1)), round == 0, fails)
		}
		total := 0.0
		for i, c := range all {
			got := sumOf(said[fmt.Sprintf("c_total[{n %d}]", i)])
			if got != c.truth {
				t.Errorf("%s rose by %v, and the points say %v", c.name, c.truth, got)
			}
			total += c.truth
		}
		if got := sumOf(said["all[]"]); got != total || got == 0 {
			t.Errorf("all rose by %v, and the points of the sum say %v", total, got)
		}
		if len(said["all[]"]) != 1 {
			t.Errorf("the sum began anew: %v", said["all[]"])
		}
		if s.d.Counts().Dropped[series.NoRoom] != 0 {
			t.Error("no room")
		}
	})
}

func sumOf(byStart map[int64]float64) float64 {
	sum := 0.0
	for _, last := range byStart {
		sum += last
	}
	return sum
}

// step is what happens between two scrapes. A series that begins anew does not overtake
// its last value unseen, which nobody could tell from a rise.
func step(chance *rand.Rand, all []*counterOfProxy, round int, fails bool) {
	restarts := round%25 == 24
	for _, c := range all {
		if restarts || c.exposed && !fails && chance.IntN(20) == 0 { // else it was idle, and is forgotten
			overtakes := c.scraped < 100
			c.value, c.exposed, c.scraped = 0, false, 0
			if overtakes {
				continue
			}
		}
		if rise := chance.IntN(4); rise > 0 && chance.IntN(3) == 0 || c.exposed {
			c.value, c.exposed = c.value+float64(rise), true
		}
	}
}

func scrapeCounters(s *script, all []*counterOfProxy, at int64, firstScrape, fails bool) {
	s.t.Helper()
	var values []v
	for _, c := range all {
		switch {
		case c.exposed && !fails:
			values = append(values, v{c.name, c.value})
			if !firstScrape {
				c.truth += c.value - c.scraped
			}
			c.scraped, c.present = c.value, true
		case c.present:
			values = append(values, v{c.name, stale})
			c.present = false
		}
	}
	if fails {
		s.fails(at, values...)
	} else {
		s.scrape("a", at, values...)
	}
}

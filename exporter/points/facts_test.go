package points_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// facts are what the log itself says of the series that a time series is made of.
type facts struct {
	// scraped says that samples come with those of a scrape.
	scraped bool
	// sources are the series' labels; one is named again where two records name it.
	sources    []string
	namedAgain bool
	role       series.Role
	// samples are the finite ones, by series and in the order of the log; those of classic
	// histograms are by the part's name and bound.
	samples map[string][]record.RefSample
	// notFinite are the times of samples that are not, but for stale markers.
	notFinite map[int64]bool
	// scrapes are the times of those of the target that succeeded.
	scrapes []int64
}

// firstTime is the time of the first sample.
func (f *facts) firstTime() int64 {
	first := int64(math.MaxInt64)
	for _, samples := range f.samples {
		first = min(first, samples[0].T)
	}
	return first
}

// firstValue is the sum of what was there first: for histograms, of their counts.
func (f *facts) firstValue() float64 {
	for name, samples := range f.samples {
		if f.role == series.Scalar || strings.Contains(name, "_count") {
			return samples[0].V
		}
	}
	return math.NaN()
}

// fell reports whether a series fell after one time and not after another.
func (f *facts) fell(after, until int64) bool {
	for _, samples := range f.samples {
		for i := 1; i < len(samples); i++ {
			if samples[i].V < samples[i-1].V && samples[i].T > after && samples[i].T <= until {
				return true
			}
		}
	}
	return false
}

// widened reports whether a bucket came after the first time and before another.
func (f *facts) widened(until int64) bool {
	first := f.firstTime()
	for _, samples := range f.samples {
		if f.role != series.Scalar && samples[0].T > first && samples[0].T <= until {
			return true
		}
	}
	return false
}

// scrapeBefore is the time of the scrape, or of the sample, before a time.
func (f *facts) scrapeBefore(t int64) int64 {
	before := int64(0)
	if at, _ := slices.BinarySearch(f.scrapes, t); at > 0 {
		before = f.scrapes[at-1]
	}
	for _, samples := range f.samples {
		for _, s := range samples {
			if !f.scraped && s.T < t {
				before = max(before, s.T)
			}
		}
	}
	return before
}

// afterInfinity reports whether the last sample before a time was not finite.
func (f *facts) afterInfinity(t int64) bool { return f.notFinite[f.scrapeBefore(t)] }

// identityOf is pointLine.identity of a series.
func identityOf(s *series.Series) string {
	asMap := func(labels []series.Label) map[string]string {
		made := map[string]string{}
		for _, l := range labels {
			made[l.Name] = l.Value
		}
		return made
	}
	return fmt.Sprint(s.MetricType, asMap(s.Labels), s.Resource, asMap(s.ResourceLabels), s.Kind, s.Value)
}

// A factFinder reads a log.
type factFinder struct {
	resolver *series.Resolver
	lookup   series.Lookup
	named    map[string]int
	refs     map[chunks.HeadSeriesRef]labels.Labels
	found    map[string]*facts
	scrapes  map[string][]int64
	resolved map[sourceKey]resolvedSource
}

// A resolvedSource is what a series becomes, none where it is not exported.
type resolvedSource struct {
	ids  []string
	name string
	role series.Role
}

// A sourceKey is a series that was scraped, or was not.
type sourceKey struct {
	ref     chunks.HeadSeriesRef
	scraped bool
}

// resolve returns what a series becomes.
func (f *factFinder) resolve(ref chunks.HeadSeriesRef, lset labels.Labels, scraped bool) resolvedSource {
	key := sourceKey{ref, scraped}
	found, known := f.resolved[key]
	if !known {
		found.name = lset.String()
		if f.resolver.Selected(lset) {
			resolution, _ := f.resolver.Resolve(lset, scraped, f.lookup)
			found.role = resolution.Role
			for _, out := range resolution.Outputs {
				found.ids = append(found.ids, identityOf(out))
			}
		}
		f.resolved[key] = found
	}
	return found
}

func targetName(lset labels.Labels) string { return lset.Get("job") + " " + lset.Get("instance") }

func factsOf(t *testing.T, dir string, resolver *series.Resolver, lookup series.Lookup) map[string]*facts {
	t.Helper()
	f := &factFinder{resolver, lookup, map[string]int{}, map[chunks.HeadSeriesRef]labels.Labels{}, map[string]*facts{}, map[string][]int64{}, map[sourceKey]resolvedSource{}}
	readLog(t, dir, func(refs []record.RefSeries, _ bool) {
		for _, ref := range refs {
			f.refs[ref.Ref] = ref.Labels
			delete(f.resolved, sourceKey{ref.Ref, true})
			delete(f.resolved, sourceKey{ref.Ref, false})
			f.named[ref.Labels.String()]++
		}
	}, f.samples)
	return f.found
}

func (f *factFinder) samples(samples []record.RefSample) error {
	scraped := map[string]bool{}
	for _, s := range samples {
		if lset := f.refs[s.Ref]; lset.Get(labels.MetricName) == "up" && !value.IsStaleNaN(s.V) {
			scraped[targetName(lset)] = true
			if s.V == 1 {
				f.scrapes[targetName(lset)] = append(f.scrapes[targetName(lset)], s.T)
			}
		}
	}
	for _, s := range samples {
		lset := f.refs[s.Ref]
		if value.IsStaleNaN(s.V) {
			continue
		}
		became := f.resolve(s.Ref, lset, scraped[targetName(lset)])
		for _, id := range became.ids {
			f.take(id, lset, became, s, scraped[targetName(lset)])
		}
	}
	return nil
}

func (f *factFinder) take(id string, lset labels.Labels, became resolvedSource, s record.RefSample, scraped bool) {
	known := f.found[id]
	if known == nil {
		known = &facts{scraped: scraped, role: became.role, samples: map[string][]record.RefSample{}, notFinite: map[int64]bool{}}
		f.found[id] = known
	}
	source := became.name
	known.namedAgain = known.namedAgain || f.named[source] > 1
	known.scrapes = f.scrapes[targetName(lset)]
	if math.IsNaN(s.V) || math.IsInf(s.V, 0) {
		known.notFinite[s.T] = true
		return
	}
	if !slices.Contains(known.sources, source) {
		known.sources = append(known.sources, source)
	}
	if before := known.samples[source]; len(before) == 0 || s.T > before[len(before)-1].T {
		known.samples[source] = append(before, s)
	}
}

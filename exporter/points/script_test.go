package points_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

var (
	stale = math.Float64frombits(value.StaleNaN)
	nan   = math.NaN()
	inf   = math.Inf(1)
)

// A script drives a derivation and takes down its points.
type script struct {
	t      *testing.T
	d      *points.Derivation
	lookup *fakeLookup
	refs   map[string]chunks.HeadSeriesRef
	lines  []string
	// last is the last point that is not of up.
	last points.Point
	// checkpoint says that series are named by a checkpoint.
	checkpoint bool
}

// A v is a value of a series.
type v struct {
	series string
	value  float64
}

// begin makes a script. The horizon is early, and every sample makes a point.
func begin(t *testing.T, changes ...func(*configuration.Settings)) *script {
	t.Helper()
	return beginWith(t, "", changes...)
}

func beginWith(t *testing.T, file string, changes ...func(*configuration.Settings)) *script {
	t.Helper()
	s := &script{t: t, lookup: &fakeLookup{types: knownTypes}, refs: map[string]chunks.HeadSeriesRef{}}
	s.d = points.New(points.Options{Horizon: 1}, s.resolver(file, changes...), s.lookup, s.take)
	return s
}

func (s *script) resolver(file string, changes ...func(*configuration.Settings)) *series.Resolver {
	s.t.Helper()
	return resolverOf(s.t, file, func(settings *configuration.Settings) {
		for _, change := range changes {
			change(settings)
		}
	})
}

// name names series of a target that have no reference.
func (s *script) name(target string, values ...v) {
	var refs []record.RefSeries
	for _, value := range values {
		key := value.series + "@" + target
		if s.refs[key] != 0 {
			continue
		}
		s.refs[key] = chunks.HeadSeriesRef(len(s.refs) + 1)
		refs = append(refs, record.RefSeries{Ref: s.refs[key], Labels: withTarget(value.series, "job", target)})
	}
	if len(refs) > 0 {
		s.d.Series(refs, s.checkpoint)
	}
}

// samples gives a record of samples of a target, without up.
func (s *script) samples(target string, t int64, values ...v) {
	s.t.Helper()
	s.name(target, values...)
	if err := s.d.Samples(samplesOf(s, target, t, values...)); err != nil {
		s.t.Fatal(err)
	}
}

func samplesOf(s *script, target string, t int64, values ...v) []record.RefSample {
	var samples []record.RefSample
	for _, value := range values {
		samples = append(samples, record.RefSample{Ref: s.refs[value.series+"@"+target], T: t, V: value.value})
	}
	return samples
}

// scrape gives a record of a scrape that succeeded, and fails that of one of a that did not.
func (s *script) scrape(target string, t int64, values ...v) {
	s.t.Helper()
	s.samples(target, t, append(values, v{"up", 1})...)
}

func (s *script) fails(t int64, values ...v) {
	s.t.Helper()
	s.samples("a", t, append(values, v{"up", 0})...)
}

func (s *script) take(p points.Point) {
	name := p.Series.MetricType
	for _, prefix := range []string{"external.googleapis.com/prometheus/", "prometheus.googleapis.com/", "custom.googleapis.com/"} {
		name = strings.TrimPrefix(name, prefix)
	}
	var text strings.Builder
	text.WriteString(name)
	for _, l := range p.Series.Labels {
		fmt.Fprintf(&text, " %s=%s", l.Name, l.Value)
	}
	if p.Start == 0 {
		fmt.Fprintf(&text, " @%d:", p.End)
	} else {
		fmt.Fprintf(&text, " %d-%d:", p.Start, p.End)
	}
	switch d := p.Value.Distribution; {
	case d != nil && d.Exponential != nil:
		fmt.Fprintf(&text, " %d mean %.4g growth %.4g scale %.4g %v", d.Count, d.Mean, d.Exponential.Growth, d.Exponential.Scale, d.Counts)
	case d != nil:
		fmt.Fprintf(&text, " %d mean %.4g %v %v", d.Count, d.Mean, d.Bounds, d.Counts)
	case p.Series.Value == "INT64":
		fmt.Fprintf(&text, " int %d", p.Value.Int64)
	default:
		fmt.Fprintf(&text, " %g", p.Value.Double)
	}
	if !strings.HasPrefix(name, "up") {
		s.lines = append(s.lines, text.String())
		s.last = p
	}
}

// want compares the points since it was called last, without those of up.
func (s *script) want(lines ...string) {
	s.t.Helper()
	if diff := cmp.Diff(lines, s.lines); diff != "" {
		s.t.Error(diff)
	}
	s.lines = nil
}

// dropped compares the samples that were dropped for a reason.
func (s *script) dropped(reason series.Reason, want uint64) {
	s.t.Helper()
	if got := s.d.Counts().Dropped[reason]; got != want {
		s.t.Errorf("%d samples dropped as %s, not %d", got, reason, want)
	}
}

// histogramOf has the parts of a histogram with two bounds.
func histogramOf(below1, below5, all, sum float64) []v {
	return []v{{`h_bucket{le="1"}`, below1}, {`h_bucket{le="5"}`, below5}, {`h_bucket{le="+Inf"}`, all}, {"h_sum", sum}, {"h_count", all}}
}

package rules

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// sample is one float sample of a test series.
type sample struct {
	t int64
	v float64
}

func (s sample) T() int64                      { return s.t }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }

// memory is a storage of series that all have the same samples.
type memory struct {
	storage.LabelQuerier
	series []labels.Labels
}

func (m memory) Querier(int64, int64) (storage.Querier, error) { return m, nil }
func (m memory) Close() error                                  { return nil }

func (m memory) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{}
	for i, lset := range m.series {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(lset.Get(m.Name)) }) {
			var samples []chunks.Sample
			for t := range 40 {
				samples = append(samples, sample{t: int64(t) * 15_000, v: float64(1 + i + t*(1+i%3))})
			}
			set.series = append(set.series, storage.NewListSeries(lset, samples))
		}
	}
	return set
}

type seriesSet struct {
	series []storage.Series
	next   int
}

func (s *seriesSet) Next() bool                        { s.next++; return s.next <= len(s.series) }
func (s *seriesSet) At() storage.Series                { return s.series[s.next-1] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// universe are the labels of the test series. A value begins with the name of
// its label, so that it tells where it comes from.
var universe = []string{"app", "instance", "job", "pod", "svc"}

// testSeries returns series of all test metrics. In the full set each carries
// every label, in the other one labels are missing at random.
func testSeries(r *rand.Rand, full bool) memory {
	var m memory
	for _, name := range []string{"a_total", "b_total", "c_bucket", "d", "pod_info"} {
		for i := range 8 {
			lset := map[string]string{labels.MetricName: name}
			for j, label := range universe {
				if full || r.IntN(4) > 0 {
					lset[label] = fmt.Sprintf("%s-%d", label, i>>j&1)
				}
			}
			if name == "c_bucket" {
				lset["le"] = []string{"1", "5", "+Inf"}[i%3]
			}
			if set := labels.FromMap(lset); !slices.ContainsFunc(m.series, func(l labels.Labels) bool { return labels.Equal(l, set) }) {
				m.series = append(m.series, set)
			}
		}
	}
	return m
}

// grammar makes random expressions of every kind that changes labels.
type grammar struct{ *rand.Rand }

func (g grammar) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g grammar) names() string {
	var names []string
	for _, label := range append([]string{metricName}, universe...) {
		if g.IntN(3) == 0 {
			names = append(names, label)
		}
	}
	return strings.Join(names, ", ")
}

func (g grammar) selector() string {
	var matchers []string
	for _, label := range universe {
		switch g.IntN(12) {
		case 0:
			matchers = append(matchers, fmt.Sprintf(`%s="%s-1"`, label, label))
		case 1:
			matchers = append(matchers, label+g.pick(`!=""`, `=""`, `=~".+"`, `!~".+"`, `=~".*"`))
		case 2:
			matchers = append(matchers, fmt.Sprintf(`%s=~"%s-0|%s-1%s"`, label, label, label, g.pick("", "|")))
		}
	}
	name := g.pick("a_total", "b_total", "c_bucket", "d", "pod_info")
	if g.IntN(8) == 0 {
		return fmt.Sprintf("{%s}", strings.Join(append(matchers, `__name__=~"a_total|d"`), ","))
	}
	return fmt.Sprintf("%s{%s}", name, strings.Join(matchers, ","))
}

func (g grammar) relabelling(vector string) string {
	label := func() string { return g.pick(append([]string{metricName}, universe...)...) }
	if g.IntN(3) == 0 {
		sources := make([]string, g.IntN(3))
		for i := range sources {
			sources[i] = fmt.Sprintf(", %q", label())
		}
		return fmt.Sprintf("label_join(%s, %q, %q%s)", vector, label(), g.pick("", "-"), strings.Join(sources, ""))
	}
	return fmt.Sprintf("label_replace(%s, %q, %q, %q, %q)", vector, label(),
		g.pick("$1", "${1}", "$0", "x", "", "$1-x", "$1_x", "$2", "$name"), label(),
		g.pick("(.*)", "(.+)", ".*", "(.*)-(.*)", "(app|pod).*", "([a-z]+)-1", "(?P<name>.+)-[01]", "", "no"))
}

func (g grammar) vector(depth int) string {
	if depth == 0 {
		return g.selector()
	}
	v := func() string { return g.vector(depth - 1) }
	switch g.IntN(14) {
	case 0, 1:
		return fmt.Sprintf("%s %s (%s) (%s)", g.pick("sum", "min", "max", "avg", "group", "count", "stddev"), g.pick("by", "without"), g.names(), v())
	case 2:
		return fmt.Sprintf("%s(%s, %s)", g.pick("topk", "bottomk", "quantile")+g.pick(" ", " by ("+g.names()+") "), g.pick("1", "2"), v())
	case 3:
		return fmt.Sprintf("count_values %s (%s) (%q, %s)", g.pick("by", "without"), g.names(), g.pick("svc", "job"), v())
	case 4, 5:
		return fmt.Sprintf("(%s) %s %s (%s) %s (%s)", v(), g.pick("+", "/", ">", "== bool", "*"), g.pick("on", "ignoring"), g.names(),
			g.pick("", "group_left ("+g.names()+")", "group_right ("+g.names()+")"), v())
	case 6:
		return fmt.Sprintf("(%s) %s (%s)", v(), g.pick("+", "<=", "and", "or", "unless"), v())
	case 7:
		return fmt.Sprintf("(%s) %s %s (%s) (%s)", v(), g.pick("and", "or", "unless"), g.pick("on", "ignoring"), g.names(), v())
	case 8:
		return fmt.Sprintf("%s(%s[5m])", g.pick("rate", "increase", "last_over_time", "max_over_time", "absent_over_time", "present_over_time"), g.selector())
	case 9:
		return fmt.Sprintf("%s((%s)[3m:30s])", g.pick("avg_over_time", "last_over_time", "rate"), v())
	case 10:
		return fmt.Sprintf("%s(%s)", g.pick("abs", "absent", "-", "+", "sort", "timestamp", "hour", "round"), v())
	case 11:
		return fmt.Sprintf("histogram_quantile(0.9, %s)", v())
	case 12:
		return g.pick("2 * ("+v()+")", "("+v()+") > 1", "1 < bool ("+v()+")", "vector(scalar("+v()+"))")
	default:
		return g.relabelling(v())
	}
}

// TestLabelsAgreeWithPrometheusEngine evaluates random expressions with
// Prometheus' own engine and holds each resulting series against what the
// analysis said of the expression.
func TestLabelsAgreeWithPrometheusEngine(t *testing.T) {
	expressions, enough := 3000, 10_000
	if testing.Short() {
		expressions, enough = expressions/10, enough/10
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true})
	r := rand.New(rand.NewPCG(2, 55))
	full, sparse := testSeries(r, true), testSeries(r, false)
	checked := 0
	for range expressions {
		expr := grammar{r}.vector(1 + r.IntN(4))
		if _, err := parser.ParseExpr(expr); err != nil {
			continue // such as a label that both on and group_left name
		}
		rule := recordingRule(t, expr)
		for i, series := range []memory{full, sparse} {
			query, err := engine.NewInstantQuery(context.Background(), series, nil, expr, time.UnixMilli(590_000))
			if err != nil {
				t.Fatalf("%s: %v", expr, err)
			}
			result := query.Exec(context.Background())
			vector, _ := result.Vector() // joins may well be ambiguous
			for _, s := range vector {
				checked++
				checkSeries(t, expr, rule.Labels, s.Metric, i == 0)
			}
			query.Close()
		}
	}
	if checked < enough {
		t.Errorf("%d series checked, and %d are enough", checked, enough)
	}
}

// checkSeries checks what the analysis said against one series of the result.
func checkSeries(t *testing.T, expr string, said Labels, series labels.Labels, full bool) {
	t.Helper()
	for _, name := range append(said.Names(), append(universe, "le")...) {
		label, value := said.Label(name), series.Get(name)
		known := full && slices.Contains(universe, name)
		switch {
		case value == "" && label.Presence == Always,
			value == "" && label.Presence == IfPresent && known,
			value != "" && label.Presence == Absent,
			value != "" && label.Values != nil && !slices.Contains(label.Values, value),
			value != "" && label.Change == Unchanged && slices.Contains(universe, name) && !strings.HasPrefix(value, name+"-"),
			value != "" && label.Change == Constant && label.Values == nil:
			t.Errorf("%s\nyields %s\nand %s was said to be %s", expr, series, name, label)
		}
	}
	series.Range(func(l labels.Label) {
		if l.Name != metricName && said.Label(l.Name).Presence == Absent {
			t.Errorf("%s\nyields %s\nand %s was said to be absent", expr, series, l.Name)
		}
	})
}

package lint

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

func checkBuckets(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		for _, q := range r.rule.Quantiles {
			switch {
			case q.Function != "histogram_quantile" || !readsBuckets(r.rule, q.Range):
			case q.Le.Presence == rules.Absent:
				findings = append(findings, r.inRange(q.Range, "%s takes a quantile of buckets without the label le, which is nothing", shown(r.rule.Record)).
					fixed("keep le: histogram_quantile(0.99, sum by (le, job, instance, …) (rate(…_bucket[1m])))"))
			case q.Of == rules.Counter:
				findings = append(findings, r.inRange(q.Range, "%s takes the quantile of all time, since its buckets are not rated", shown(r.rule.Record)).
					fixed("rate the buckets: rate(…_bucket[1m])").as(Warning))
			}
		}
	})
	return findings
}

// readsBuckets reports whether a piece of the expression reads classic buckets;
// native histograms need no le.
func readsBuckets(rule *rules.Rule, within posrange.PositionRange) bool {
	return slices.ContainsFunc(rule.Selectors, func(s rules.Selector) bool {
		return within.Start <= s.Range.Start && s.Range.End <= within.End &&
			slices.ContainsFunc(s.Names, func(name string) bool { return strings.HasSuffix(name, "_bucket") })
	})
}

func checkPhi(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		for _, q := range r.rule.Quantiles {
			if q.PhiKnown && !(q.Phi >= 0 && q.Phi <= 1) {
				findings = append(findings, r.inRange(q.PhiRange, "%s asks for the quantile %v", shown(r.rule.Record), q.Phi).
					fixed("write a number from 0 to 1, such as 0.99"))
			}
		}
	})
	return findings
}

// rated are the functions that need two samples in their window.
var rated = []string{"delta", "deriv", "idelta", "increase", "irate", "predict_linear", "rate"}

func checkWindows(s *subject) []Finding {
	var findings []Finding
	s.exportedRecords(func(r record) {
		for _, w := range r.rule.Windows {
			if w.Subquery || !slices.Contains(rated, w.Function) || w.Duration >= 4*scrapeInterval {
				continue
			}
			severity := Warning
			if w.Duration < 2*scrapeInterval {
				severity = Error
			}
			findings = append(findings, r.inRange(w.Range, "%s is a %s over %s, which is %d scrapes", shown(r.rule.Record), w.Function, w.Duration, w.Duration/scrapeInterval).
				fixed("write a window of at least %s", (4*scrapeInterval).Round(time.Second)).as(severity))
		}
	})
	return findings
}

// checkExpiry looks at counters of the proxies whose rule sums over labels of
// series that come and go.
func checkExpiry(s *subject) []Finding {
	var findings []Finding
	s.exports(func(r record, e stackdriver.Export) {
		if r.rule.Value.Kind != rules.Counter || e.PrometheusType != "counter" || !r.readsExpiring() {
			return
		}
		for _, a := range r.rule.Aggregations {
			if a.Of != rules.Counter || a.Without && slices.Equal(a.Labels, []string{"le"}) {
				continue
			}
			findings = append(findings, r.inRange(a.Range, "%s is a sum over series that the proxies forget when they are idle, and falls when they do", shown(r.rule.Record)).
				fixed("export a rate or an increase instead, as a gauge, or keep all labels that come and go"))
			return
		}
	})
	return findings
}

func (r record) readsExpiring() bool {
	for _, selector := range r.rule.Selectors {
		for _, name := range selector.Names {
			for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
				if base, cut := strings.CutSuffix(name, suffix); cut && slices.Contains(viz.ExpiringMetrics, base) {
					return true
				}
			}
		}
	}
	return false
}

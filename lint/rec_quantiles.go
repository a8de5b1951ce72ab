package lint

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
)

var recQuantilesRules = []Rule{
	{
		ID: "REC009", Severity: Error, Concern: Both,
		Title: "quantiles are taken from rates of buckets with the label le",
		Why:   "Prometheus, promql/quantile.go, finds no bucket without le and records nothing; without rate around the buckets, it returns the quantile of all time.",
		check: checkBuckets,
	},
	{
		ID: "REC010", Severity: Error, Concern: Both,
		Title: "quantiles are between 0 and 1",
		Why:   "Prometheus, promql/quantile.go, returns infinity for any other.",
		check: checkPhi,
	},
	{
		ID: "REC013", Severity: Info, Concern: Both,
		Title:       "there are gaps where a result is not a number",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, skips NaN, such as the quantile of no requests: there is a gap, not a zero.",
		ExporterWhy: "gcm-exporter, exporter/points/counter.go, drops NaN, such as the quantile of no requests, as not_finite: there is a gap, not a zero.",
		Undecidable: "The files do not say whether there is traffic.",
	},
}

func checkBuckets(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, q := range r.rule.Quantiles {
			switch {
			case q.Function != "histogram_quantile" || !readsBuckets(r.rule, q.Range):
			case q.Le.Presence == rules.Absent:
				findings = append(findings, r.inRange(q.Range, "%s takes a quantile of buckets without the label le, and records nothing", quote(r.rule.Record)).
					WithFix("keep le: histogram_quantile(0.99, sum by (le, job, instance, …) (rate(…_bucket[1m])))"))
			case q.Of == rules.Counter:
				findings = append(findings, r.inRange(q.Range, "%s takes the quantile of all time, because there is no rate around its buckets", quote(r.rule.Record)).
					WithFix("use rate: rate(…_bucket[1m])").WithSeverity(Warning))
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

func checkPhi(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, q := range r.rule.Quantiles {
			if q.PhiKnown && !(q.Phi >= 0 && q.Phi <= 1) {
				findings = append(findings, r.inRange(q.PhiRange, "%s asks for the quantile %v", quote(r.rule.Record), q.Phi).
					WithFix("write a number from 0 to 1, such as 0.99"))
			}
		}
	})
	return findings
}

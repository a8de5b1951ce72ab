package lint

import (
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var recCountersRules = []Rule{
	{
		ID: "REC011", Severity: Warning, Concern: Both,
		Title:       "exported counters do not fall when one of their parts disappears",
		Why:         "A proxy forgets series that are idle for ten minutes, and the sum over them falls. stackdriver-prometheus-sidecar, retrieval/series_cache.go, assumes a reset and exports the whole sum as if it were new.",
		Exporter:    "takes no fall for a reset, but what comes back for a rise; its aggregate has not this fault",
		ExporterWhy: "A proxy forgets series that are idle for ten minutes, and the sum over them falls. gcm-exporter, exporter/points/counter.go, does not export the fall, but it cannot tell a series that comes back from new requests.",
		check:       checkExpiry,
	},
	{
		ID: "REC012", Severity: Info, Concern: Both,
		Title:       "the first sample of a counter is its starting point",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, keeps the first value of each series as the zero to count from: an error that happens only once, and with which a series begins, is not counted.",
		Exporter:    "knows where scraped series start; a recorded counter begins with its second sample",
		ExporterWhy: "gcm-exporter, exporter/points/counter.go, keeps the first value of a recorded counter as the zero to count from: an error that happens only once, and with which a series begins, is not counted. The value of a scraped one counts where its start is known.",
		Undecidable: "This is true of every counter.",
	},
}

// checkExpiry looks at counters of the proxies whose rule sums over labels of
// series that come and go.
func checkExpiry(c *context) []Finding {
	var findings []Finding
	c.exports(func(r record, e stackdriver.Export) {
		if r.rule.Value.Kind != rules.Counter || e.PrometheusType != "counter" || !r.readsExpiring() {
			return
		}
		for _, a := range r.rule.Aggregations {
			if a.Of != rules.Counter || a.Without && slices.Equal(a.Labels, []string{"le"}) {
				continue
			}
			findings = append(findings, r.inRange(a.Range, "%s is a sum over series that the proxies forget when they are idle, and falls when they do", quote(r.rule.Record)).
				WithFix("%s", c.of("export a rate or an increase instead, as a gauge, or keep all labels that come and go",
					"sum it up with aggregate in the configuration instead, which needs no rule")))
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

package lint

import (
	"fmt"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var selUnionRules = []Rule{
	{
		ID: "SEL007", Severity: Error, Concern: Impossible,
		Title:    "there is a selector",
		Why:      "Without --include, stackdriver-prometheus-sidecar, retrieval/series_cache.go, exports every series that Prometheus has, and Google bills for all of them.",
		Exporter: "has a built-in selection: without a selector it exports that, never everything",
		check:    checkSelectsEverything,
		from:     bySettings,
	},
	{
		ID: "SEL008", Severity: Warning, Concern: Both,
		Title:       "no selector matches what the proxies expose themselves",
		Why:         "The proxies' own series are many and mostly have more than 10 labels: stackdriver-prometheus-sidecar, retrieval/series_cache.go, drops those as too_many_labels, and Google bills for the others.",
		Exporter:    "exports raw series and histograms; only a selector of most of them is reported, for its cost",
		ExporterWhy: "The proxies' own series are many, and Google bills for them; gcm-exporter, exporter/series, exports at most --max-series of them, 10,000 by default, and drops the others as max_series.",
		check:       checkRawSeries,
	},
	{
		ID: "SEL009", Severity: Info, Concern: Both,
		Title:       "several selectors are one union",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exports what any --include matches, so that a second equal one changes nothing; all --filter flags, which are deprecated, together are one more.",
		ExporterWhy: "gcm-exporter, exporter/series/selection.go, exports what any --include matches, so that a second equal one changes nothing; all --filter flags, which are deprecated, together are one more.",
		check:       checkUnion,
	},
}

func checkSelectsEverything(c *context) []Finding {
	if c.sidecar == nil || c.Include == nil || len(c.Include) > 0 {
		return nil
	}
	return []Finding{Finding{Object: c.sidecar.object, Message: fmt.Sprintf("container %q has no --include: it exports every series that Prometheus has", c.sidecar.container.Name)}.
		WithFix("add an argument such as --include={__name__=~\"linkerd_job:.+\"}")}
}

func checkRawSeries(c *context) []Finding {
	var findings []Finding
	for _, selector := range c.selectors {
		if selector.err != nil || c.tooMany {
			continue
		}
		series := selector.scraped()
		raw := slices.Concat(series.others, series.histograms)
		if len(raw) == 0 {
			continue
		}
		if c.byExporter() {
			findings = append(findings, mostOfTheProxies(selector, raw)...)
			continue
		}
		findings = append(findings, selector.atText("selector %s matches series of the proxies themselves: %s", quote(selector.Value), summarize(raw)).
			WithFix("select what rules record, such as {__name__=~\"linkerd_job:.+\"}, and write recording rules for those that you need"))
	}
	return findings
}

// fewRawSeries is how many names of the proxies' series somebody may well have meant to
// select; a histogram has three.
const fewRawSeries = 20

// mostOfTheProxies finds a selector of more of the proxies' series than somebody is likely to
// want.
func mostOfTheProxies(one selector, raw []string) []Finding {
	if len(raw) <= fewRawSeries {
		return nil
	}
	return []Finding{one.atText("selector %s matches most of what the proxies expose: %s", quote(one.Value), summarize(raw)).
		WithFix("name the metrics that you need, such as request_total, or sum them up with aggregate in the configuration")}
}

func checkUnion(c *context) []Finding {
	var findings []Finding
	first := map[string]bool{}
	for _, selector := range c.selectors {
		if first[selector.Value] {
			findings = append(findings, selector.atText("selector %s is given twice; the second has no effect", quote(selector.Value)).
				WithReason("%s exports what any selector matches, once.", c.of("stackdriver-prometheus-sidecar, retrieval/series_cache.go,", "gcm-exporter, exporter/series/selection.go,")).WithFix("remove one of the two"))
		}
		first[selector.Value] = true
	}
	if c.sidecar == nil {
		return findings
	}
	for _, filter := range c.sidecar.texts(stackdriver.FilterFlag) {
		findings = append(findings, filter.atText("--filter=%s is deprecated, and selects nothing by itself: all --filter flags together are one more selector", filter.Value).
			WithReason("%s joins all --filter flags to one selector, which is exported beside every --include.",
				c.of("stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go,", "gcm-exporter, cmd/gcm-exporter/options.go,")).
			WithFix("write one --include with all matchers"))
	}
	return findings
}

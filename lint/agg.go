package lint

import (
	"slices"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var aggRules = []Rule{
	{
		ID: "AGG001", Severity: Error, Concern: Both,
		Title:       "no two aggregated counters have the same metric",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if there is a second one.",
		ExporterWhy: "gcm-exporter, exporter/configuration/aggregates.go, refuses a file with a second one.",
		from:        byConfig,
	},
	{
		ID: "AGG002", Severity: Error, Concern: Both,
		Title:       "every filter of an aggregated counter is valid in the sidecar's own grammar",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, parses filters as it parses --include, with the PromQL parser of July 2019, and exits with status 2 if it cannot read one.",
		Exporter:    "reads filters in today's grammar",
		ExporterWhy: "gcm-exporter, exporter/configuration/aggregates.go, parses filters as it parses --include, and refuses a file with one that it cannot read.",
		from:        byConfig,
	},
	{
		ID: "AGG003", Severity: Error, Concern: Both,
		Title:       "every aggregated counter has a filter",
		Why:         "stackdriver-prometheus-sidecar, retrieval/aggregator.go, adds up the series that a filter matches; without filters it registers the counter and never counts anything.",
		Exporter:    "refuses the file",
		ExporterWhy: "gcm-exporter, exporter/configuration/aggregates.go, refuses a file with a counter that would count nothing.",
		check:       checkUnfilteredCounters,
		from:        byConfig,
	},
	{
		ID: "AGG004", Severity: Warning, Concern: Impossible,
		Title:    "the sidecar's own metrics go to Google with aggregated counters, and are billed",
		Why:      "With one counter stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, turns on --monitoring.backend=stackdriver, which writes all of its internal metrics to custom.googleapis.com/opencensus once a minute, and exits with status 1 if it finds no credentials when it starts.",
		Exporter: "sends none of its own metrics to Google: they are on /metrics",
		check:    checkCounterBackend,
	},
	{
		ID: "AGG005", Severity: Info, Concern: Both,
		Title:       "aggregated counters have types of their own",
		Why:         "stackdriver-prometheus-sidecar, retrieval/aggregator.go, exports them as custom.googleapis.com/opencensus/<metric>: --include, metric_renames and --stackdriver.metrics-prefix do not apply to them.",
		ExporterWhy: "gcm-exporter, exporter/series/sums.go, exports them as Google's sidecar does, as custom.googleapis.com/opencensus/<metric>: --include, metric_renames and --stackdriver.metrics-prefix do not apply to them.",
		Undecidable: "It says where a counter is found, which is not a mistake in the file.",
	},
	{
		ID: "AGG006", Severity: Error, Concern: Both,
		Title:       "every aggregated counter has a name that can be registered and exported",
		Why:         "stackdriver-prometheus-sidecar, retrieval/aggregator.go, registers each counter as an OpenCensus view and exits with status 1 if the name is one of its own, too long, or not ASCII; Google Cloud Monitoring refuses other characters than letters, digits, _ and /.",
		Exporter:    "registers nothing: only what Google refuses is reported",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses a file with a name that Google Cloud Monitoring would refuse: it takes letters, digits, _ and /.",
		check:       checkCounterNames,
		from:        byConfig,
	},
	{
		ID: "AGG007", Severity: Error, Concern: Both,
		Title:       "the filters of aggregated counters match counters",
		Why:         "stackdriver-prometheus-sidecar, retrieval/aggregator.go, assumes a restart whenever a series falls, and adds the whole new value; for a rate or a quantile that gives a meaningless sum.",
		ExporterWhy: "gcm-exporter, exporter/points/counter.go, adds up every rise of a series; for a rate or a quantile that gives a meaningless sum.",
		check:       checkCountedGauges,
	},
	{
		ID: "AGG008", Severity: Info, Concern: Both,
		Title:       "aggregated counters count what could be exported",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, counts a sample only if its series has a target, a type and at most 10 labels.",
		Exporter:    "counts every series that has a target, whatever its type and labels",
		ExporterWhy: "gcm-exporter, exporter/series/sums.go, counts a sample only if its series has a target.",
		Undecidable: "Whether a scraped series has a target and how many labels it has is known only to the running Prometheus.",
	},
}

// counterPrefix precedes the metrics of aggregated counters in Google Cloud
// Monitoring (contrib.go.opencensus.io/exporter/stackdriver, metrics.go).
const counterPrefix = "custom.googleapis.com/opencensus"

func checkUnfilteredCounters(c *context) []Finding {
	var findings []Finding
	for _, counter := range c.counters() {
		if len(counter.Filters) == 0 {
			findings = append(findings, c.atValue(counter.Metric, counter.Position, "aggregated counter %q has no filters, and never counts anything", quote(counter.Metric.Text)).
				WithSeverity(Warning).WithFix("add filters, or remove the counter"))
		}
	}
	return findings
}

// checkCounterBackend reports once what the first counter turns on, unless
// a flag asks for it.
func checkCounterBackend(c *context) []Finding {
	counters := c.counters()
	asked := c.sidecar != nil && slices.ContainsFunc(c.sidecar.texts(stackdriver.BackendFlag), func(t Text) bool { return t.Value == "stackdriver" })
	if len(counters) == 0 || asked {
		return nil
	}
	return []Finding{c.SidecarConfig.at(counters[0].Position, 0, "with aggregated counters the sidecar also writes its own metrics to %s, which Google bills", counterPrefix).
		WithFix("use a recording rule in place of aggregated_counters, or disable this lint rule if you accept the cost")}
}

// checkCounterNames finds names that OpenCensus or Google refuse.
func checkCounterNames(c *context) []Finding {
	var findings []Finding
	for _, counter := range c.counters() {
		rules := stackdriver.CounterNameRules
		if c.byExporter() || len(monitoring.CheckNames(rules, counterPrefix, counter.Metric.Text)) == 0 {
			rules = monitoring.MetricNameRules
		}
		for _, problem := range monitoring.CheckNames(rules, counterPrefix, counter.Metric.Text) {
			findings = append(findings, c.atValue(counter.Metric, counter.Position, "aggregated counter %q: %s", quote(counter.Metric.Text), problem.Message).
				WithSeverity(severityOf(problem)).WithFix("choose a short name with only letters, digits and _"))
		}
	}
	return findings
}

// checkCountedGauges finds filters that match recorded series which can fall, unless
// the search would take long.
func checkCountedGauges(c *context) []Finding {
	const most = 1_000_000
	falling := slices.DeleteFunc(slices.Clone(c.records), func(r record) bool { return !r.rule.Value.Kind.Decreases() })
	filters := 0
	for _, counter := range c.counters() {
		filters += len(counter.Filters)
	}
	if filters*len(falling) > most {
		return nil
	}
	var findings []Finding
	for _, counter := range c.counters() {
		for _, filter := range counter.Filters {
			if r, found := matched(filter, falling); found {
				findings = append(findings, c.SidecarConfig.at(filter.At(0), utf8.RuneCountInString(filter.Text), "filter %s matches %s, whose values are those of a %s",
					quote(filter.Text), quote(r.rule.Record), r.rule.Value.Kind).WithFix("match counters, such as request_total"))
			}
		}
	}
	return findings
}

// matched returns the first of some records that a filter certainly matches.
func matched(filter stackdriver.Value, records []record) (record, bool) {
	parsed, err := stackdriver.ParseSelector(filter.Text)
	if err != nil {
		return record{}, false
	}
	one := selector{selectorFacts: &selectorFacts{parsed: parsed}}
	i := slices.IndexFunc(records, func(r record) bool { return one.selects(r.rule) == answer.Yes })
	if i < 0 {
		return record{}, false
	}
	return records[i], true
}

package lint

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var metRules = []Rule{
	{
		ID: "MET001", Severity: Error, Concern: Impossible,
		Title:    "static_metadata names metrics as Prometheus does",
		Why:      "stackdriver-prometheus-sidecar, metadata/cache.go, looks up types by a metric's name before it is renamed; an entry for the new name has no effect, and a counter is exported as a gauge. The example in its own README has this mistake.",
		Exporter: "finds a type under the new name of a metric, too",
		check:    checkMetadataNames,
	},
	{
		ID: "MET012", Severity: Warning, Concern: ExporterOnly,
		Title: "every metric that has a type is recorded",
		Why:   "gcm-exporter, exporter/series/metadata.go, looks up types by the names that it finds and by their new names; an entry for another name has no effect.",
		check: checkTypesOfNothing,
	},
	{
		ID: "MET002", Severity: Error, Concern: Both,
		Title:       "every type is counter, gauge, histogram, summary, unknown or untyped",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if the type is another word, missing, or in capitals.",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses the file if the type is another word, missing, or in capitals.",
		from:        byConfig,
	},
	{
		ID: "MET003", Severity: Error, Concern: Both,
		Title:       "every value_type is double or int64",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, exits with status 2 if it is another word, or in capitals.",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses the file if it is another word, or in capitals.",
		from:        byConfig,
	},
	{
		ID: "MET004", Severity: Error, Concern: Both,
		Title:       "no recorded metric has the type histogram",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, then tries the same samples again and again: it exports no metric at all from then on, and logs nothing.",
		Exporter:    "drops that metric alone, as not_a_histogram",
		ExporterWhy: "gcm-exporter, exporter/series/naming.go, drops a metric of the type histogram that is neither a native histogram nor a part of one, as not_a_histogram.",
		check:       checkHistograms,
		from:        byConfig,
	},
	{
		ID: "MET005", Severity: Error, Concern: Both,
		Title:       "no metric that ends in _bucket or _total has the type summary",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, refuses such a part of a summary, every three minutes, and does not export it.",
		Exporter:    "drops that metric alone, as unsupported_type",
		ExporterWhy: "gcm-exporter, exporter/series/naming.go, drops such a part of a summary as unsupported_type.",
		check:       checkSummaries,
	},
	{
		ID: "MET006", Severity: Warning, Concern: Both,
		Title:       "recorded counters have the type counter",
		Why:         "stackdriver-prometheus-sidecar, metadata/cache.go, exports every metric with a colon in its name as a gauge; Google Cloud's rates, and its objectives that count requests, need a cumulative metric.",
		ExporterWhy: "gcm-exporter, exporter/series/metadata.go, exports every metric with a colon in its name as a gauge; Google Cloud's rates, and its objectives that count requests, need a cumulative metric.",
		check:       checkUntypedCounters,
	},
	{
		ID: "MET007", Severity: Error, Concern: Both,
		Title:       "only counters have the type counter",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, assumes a reset whenever a counter falls, and continues to count from zero; for a rate or a quantile that gives a meaningless sum.",
		Exporter:    "does not count a fall as a reset, but loses it",
		ExporterWhy: "gcm-exporter, exporter/points/counter.go, lets no recorded counter fall, and adds up its rises: for a rate or a quantile that gives a meaningless sum.",
		check:       checkFallingCounters,
	},
	{
		ID: "MET008", Severity: Warning, Concern: Both,
		Title:       "only whole numbers have the value type int64",
		Why:         "stackdriver-prometheus-sidecar, retrieval/transform.go, rounds every value: 0.4 seconds become 0.",
		ExporterWhy: "gcm-exporter, exporter/points/stream.go, cuts off the fraction of every value: 0.4 seconds become 0.",
		check:       checkRounding,
	},
	{
		ID: "MET009", Severity: Error, Concern: Both,
		Title:       "no metric has two types",
		Why:         "stackdriver-prometheus-sidecar, metadata/cache.go, uses the last entry for a metric and ignores the others.",
		Exporter:    "refuses the file, unless both entries say the same",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses a file with two types for one metric, for one of them would be ignored.",
		check:       checkTypedTwice,
		from:        byConfig,
	},
	{
		ID: "MET010", Severity: Warning, Concern: Both,
		Title:       "a metric that was exported keeps its type",
		Why:         "Google Cloud Monitoring refuses points whose kind or value type differs from the descriptor, which the first points of stackdriver-prometheus-sidecar created, until somebody deletes it.",
		Exporter:    "sets the metric aside for ten minutes, and says so on its status page",
		ExporterWhy: "Google Cloud Monitoring refuses points whose kind or value type differs from the descriptor, which the first points created, until somebody deletes it.",
		Undecidable: "No file says what was exported before.",
	},
	{
		ID: "MET011", Severity: Info, Concern: Both,
		Title:       "help texts are not exported",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, sends points and no descriptors; only the help of aggregated_counters is sent to Google.",
		ExporterWhy: "gcm-exporter sends points and no descriptors.",
		Undecidable: "It says what a help text is good for; to write one is not a mistake.",
	},
}

// checkMetadataNames finds entries for a metric's new name, and for metrics that
// no rule records.
func checkMetadataNames(c *context) []Finding {
	var findings []Finding
	for _, entry := range c.metadata() {
		name := entry.Metric.Text
		if name == "" {
			findings = append(findings, c.atValue(entry.Metric, entry.Position, "the entry has a type, but no metric").
				WithSeverity(Warning).WithFix("add metric, or remove the entry"))
			continue
		}
		if from, renamed := c.newNames[name]; renamed && len(c.recordsOf[name]) == 0 && !c.isScraped(name) {
			findings = append(findings, c.metadataOfNewName(entry, from))
			continue
		}
		if c.recordedNowhere(name) {
			findings = append(findings, c.typeOfNothing(entry))
		}
	}
	return findings
}

// checkTypesOfNothing finds entries for metrics that no rule records, under their own name or
// a new one.
func checkTypesOfNothing(c *context) []Finding {
	var findings []Finding
	for _, entry := range c.metadata() {
		name := entry.Metric.Text
		if _, renamed := c.newNames[name]; !renamed && c.recordedNowhere(name) {
			findings = append(findings, c.typeOfNothing(entry))
		}
	}
	return findings
}

// typeOfNothing is the finding that no rule records what has a type.
func (c *context) typeOfNothing(entry stackdriver.StaticMetadata) Finding {
	name := entry.Metric.Text
	f := c.atValue(entry.Metric, entry.Position, "%s has a type, but no rule records it", quote(name)).WithSeverity(Warning).WithFix("remove the entry")
	if near := c.nearestRecord(name, len(c.config.StaticMetadata)); near != "" {
		f = f.WithFix("write the name of a recorded metric, such as %s, or remove the entry", near)
	}
	return f
}

// metadataOfNewName is an error where it is the new name alone that has a type,
// and the type makes a difference.
func (c *context) metadataOfNewName(entry stackdriver.StaticMetadata, from string) Finding {
	f := c.atValue(entry.Metric, entry.Position, "%s is the new name of %s; its type is looked up under %s", quote(entry.Metric.Text), quote(from), quote(from))
	if c.exporter.Export(from).Source == stackdriver.StaticSource {
		return f.WithSeverity(Warning).WithFix("remove the entry: there is one for %s", from)
	}
	f = f.WithFix("write metric: %s", from)
	if entry.Type.Text == "gauge" && strings.Contains(from, ":") {
		return f.WithSeverity(Warning)
	}
	return f
}

func checkHistograms(c *context) []Finding { return c.lost(stackdriver.HistogramStall) }

func checkSummaries(c *context) []Finding { return c.lost(stackdriver.SummarySuffix) }

// lost finds recorded metrics that are lost for the type that they are given.
func (c *context) lost(drop stackdriver.DropName) []Finding {
	var findings []Finding
	c.exports(func(r record, e stackdriver.Export) {
		if entry, typed := c.typeOf(e); typed && e.Drop == drop {
			findings = append(findings, c.atValue(entry.Type, entry.Position, "the recorded metric %s is not part of a %s", quote(r.rule.Record), e.PrometheusType).
				WithFix("write type: gauge, or type: counter if it is a counter"))
		}
	})
	return findings
}

// typeOf returns the entry of static_metadata that holds for a metric.
func (c *context) typeOf(e stackdriver.Export) (stackdriver.StaticMetadata, bool) {
	if e.Source != stackdriver.StaticSource {
		return stackdriver.StaticMetadata{}, false
	}
	entry, found := c.lastMetadata[e.MetadataKey]
	return entry, found
}

// checkUntypedCounters finds counters that are taken for gauges. Where the type is
// given for the new name, MET001 says so.
func checkUntypedCounters(c *context) []Finding {
	var findings []Finding
	c.exports(func(r record, e stackdriver.Export) {
		if r.rule.Value.Kind != rules.Counter || e.Source != stackdriver.ColonSource {
			return
		}
		if e.Rename != nil && c.lastMetadata[e.Rename.To.Text].Type.Text == "counter" {
			return
		}
		findings = append(findings, r.at("%s is a counter, but is exported as a gauge", r.rule.Record).
			WithFix("add to static_metadata: {metric: %q, type: counter}", r.rule.Record))
	})
	return findings
}

// checkFallingCounters finds metrics that are typed as counters and fall.
func checkFallingCounters(c *context) []Finding {
	var findings []Finding
	c.eachTyped(func(r record, entry stackdriver.StaticMetadata) {
		if entry.Type.Text == "counter" && r.rule.Value.Kind.Decreases() {
			findings = append(findings, c.atValue(entry.Type, entry.Position, "%s is typed as a counter, but its values are those of a %s", quote(r.rule.Record), r.rule.Value.Kind).
				WithFix("write type: gauge"))
		}
	})
	return findings
}

// checkRounding finds fractions that the sidecar rounds.
func checkRounding(c *context) []Finding {
	var findings []Finding
	c.eachTyped(func(r record, entry stackdriver.StaticMetadata) {
		if entry.ValueType.Text == "int64" && r.rule.Value.Fractional && !c.managed() {
			findings = append(findings, c.atValue(entry.ValueType, entry.Position, "%s has fractions, which int64 %s away",
				quote(r.rule.Record), c.of("rounds", "cuts")).
				WithFix("write value_type: double"))
		}
	})
	return findings
}

// eachTyped calls a function for each rule whose metric may be exported and has
// its type from static_metadata.
func (c *context) eachTyped(each func(r record, entry stackdriver.StaticMetadata)) {
	for _, r := range c.records {
		if !r.exported() {
			continue
		}
		if entry, typed := c.typeOf(c.exporter.Export(r.rule.Record)); typed {
			each(r, entry)
		}
	}
}

// checkTypedTwice finds entries that a later one for the same metric replaces.
func checkTypedTwice(c *context) []Finding {
	last := map[string]stackdriver.StaticMetadata{}
	for _, entry := range c.metadata() {
		last[entry.Metric.Text] = entry
	}
	var findings []Finding
	for _, entry := range c.metadata() {
		winner := last[entry.Metric.Text]
		if winner.Position == entry.Position || entry.Metric.Text == "" {
			continue
		}
		f := c.atValue(entry.Metric, entry.Position, "%s has another type %s, %s; this entry has no effect", quote(entry.Metric.Text), entry.Position.Apart(winner.Position), winner.Type.Text).
			WithFix("remove one of the two entries")
		if winner.Type.Text == entry.Type.Text && winner.ValueType.Text == entry.ValueType.Text {
			f = f.WithSeverity(Warning)
		}
		findings = append(findings, f)
	}
	return findings
}

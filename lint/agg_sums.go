package lint

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var aggSumsRules = []Rule{
	{
		ID: "AGG009", Severity: Error, Concern: ExporterOnly,
		Title: "every entry of aggregate has a metric, matchers, labels and a new name that are valid",
		Why:   "gcm-exporter, exporter/configuration/aggregates.go, refuses a file with an entry that it cannot carry out: the file before stays in use, and without one it exits with status 2.",
		from:  byConfig,
	},
	{
		ID: "AGG010", Severity: Error, Concern: ExporterOnly,
		Title: "aggregate sums up counters and histograms that are scraped",
		Why:   "gcm-exporter, exporter/series/sums.go, sums up the increments of what targets expose, and drops anything else as not_summable: gauges, recorded series, and parts of a histogram instead of the whole.",
		check: checkSummable,
	},
}

// checkSummable asks gcm-exporter's own code what it makes of the inputs of each entry.
func checkSummable(c *context) []Finding {
	r, isExporter := c.exporter.(*resolver)
	if !isExporter {
		return nil
	}
	var findings []Finding
	for i, entry := range c.file.entries.Aggregates {
		metric := entry.Word("metric")
		value := stackdriver.Value{Text: metric.Text, Position: metric.At}
		report := func(format string, args ...any) {
			findings = append(findings, c.SidecarConfig.at(value.At(0), utf8.RuneCountInString(metric.Text), format, args...))
		}
		base, suffix := histogramOf(metric.Text)
		switch {
		case len(c.recordsOf[metric.Text]) > 0:
			report("%s is recorded by a rule, but only what is scraped can be summed up", quote(metric.Text))
			findings[len(findings)-1] = findings[len(findings)-1].WithFix("name what the rule reads, such as response_total, and leave the rule out")
		case suffix != "":
			report("%s is a part of the histogram %s, which is summed up as a whole", quote(metric.Text), base)
			findings[len(findings)-1] = findings[len(findings)-1].WithFix("write metric: %s", base)
		case c.recordedNowhere(metric.Text):
			report("%s has the name of a recorded metric, but only what is scraped can be summed up", quote(metric.Text))
			findings[len(findings)-1] = findings[len(findings)-1].WithFix("name a counter or a histogram of a scraped target")
		case r.refusesInput(i, metric.Text):
			report("%s is not a counter", quote(metric.Text))
			findings[len(findings)-1] = findings[len(findings)-1].WithFix("name a counter or a histogram; for a gauge, write a recording rule")
		}
	}
	return findings
}

// histogramOf returns the proxies' histogram that a name is a part of, and which part.
func histogramOf(name string) (base, suffix string) {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(name, suffix); cut && slices.Contains(viz.RawHistograms, base) {
			return base, suffix
		}
	}
	return name, ""
}

// refusesInput reports whether a scraped metric, of which it is known what it is, cannot be
// summed up by the entry of a number.
func (r *resolver) refusesInput(number int, metric string) bool {
	lset := labels.FromStrings(labels.MetricName, metric, "job", viz.ProxyJob, "instance", "i")
	known, _ := facts{}.Metadata(aTarget, metric)
	if known.Type != model.MetricTypeGauge {
		return false
	}
	found, _ := r.ResolveInput(number, lset, true, facts{})
	return found.Reason == series.NotSummable
}

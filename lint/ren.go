package lint

import (
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var renRules = []Rule{
	{
		ID: "REN001", Severity: Error, Concern: Impossible,
		Title:    "every exported metric with a colon in its name is renamed",
		Why:      "Google Cloud Monitoring does not accept a colon in a metric's name and refuses the request, with up to 199 other series in it; stackdriver-prometheus-sidecar, stackdriver/client.go, does not send it again.",
		Exporter: "makes underscores of the colons that no rename replaces",
		check:    checkUnrenamed,
	},
	{
		ID: "REN002", Severity: Warning, Concern: Both,
		Title:       "every renamed metric is recorded",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, looks up in metric_renames the names that it finds; an entry for another name silently has no effect.",
		ExporterWhy: "gcm-exporter, exporter/series/naming.go, looks up in metric_renames the names that it finds; an entry for another name has no effect.",
		check:       checkRenamesOfNothing,
	},
	{
		ID: "REN003", Severity: Warning, Concern: Both,
		Title:       "every renamed metric is selected",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, renames what it exports; it never sees what no selector matches.",
		ExporterWhy: "gcm-exporter, exporter/series/naming.go, renames what it exports; it never sees what no selector matches.",
		check:       checkRenamesOfUnselected,
	},
	{
		ID: "REN004", Severity: Error, Concern: Both,
		Title:       "no metric is renamed twice",
		Why:         "stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, uses the last entry for a name and ignores the others.",
		Exporter:    "refuses the file, unless both entries say the same",
		ExporterWhy: "gcm-exporter, exporter/configuration/entries.go, refuses a file with two names for one metric, for one of them would be ignored.",
		check:       checkRenamedTwice,
		from:        byConfig,
	},
	{
		ID: "REN010", Severity: Info, Concern: Both,
		Title:       "a metric that was exported keeps its name",
		Why:         "Google Cloud Monitoring keeps the old descriptor and starts the new one empty; dashboards and objectives still use the old one. stackdriver-prometheus-sidecar, retrieval/series_cache.go, knows nothing of earlier names.",
		ExporterWhy: "Google Cloud Monitoring keeps the old descriptor and starts the new one empty; dashboards and objectives still use the old one.",
		Undecidable: "No file says what was exported before.",
	},
	{
		ID: "REN011", Severity: Warning, Concern: Both,
		Title:       "histograms and counters are renamed by the name that has their type",
		Why:         "Where stackdriver-prometheus-sidecar, retrieval/series_cache.go, finds the type of a histogram or of a counter under the name without _bucket, _sum, _count or _total, it looks up the new name under that name too.",
		ExporterWhy: "Where gcm-exporter, exporter/series/naming.go, finds the type of a histogram or of a counter under the name without _bucket, _sum, _count or _total, it looks up the new name under that name too.",
		check:       checkRenamesOfSuffixes,
	},
	{
		ID: "REN012", Severity: Warning, Concern: Impossible,
		Title:    "names are written as YAML strings",
		Why:      "stackdriver-prometheus-sidecar reads its file with ghodss/yaml 1.0.0, which makes \"true\" of yes and \"5\" of 0x5 or 05.",
		Exporter: "reads every word as it is written",
		from:     byConfig,
	},
}

// checkUnrenamed finds recorded metrics that keep their colon.
func checkUnrenamed(c *context) []Finding {
	var findings []Finding
	c.exports(func(r record, e stackdriver.Export) {
		if strings.Contains(e.RenameKey, ":") && e.Rename == nil {
			findings = append(findings, r.at("%s is exported under a name with a colon, which Google refuses", r.rule.Record).
				WithFix("add to metric_renames: {from: %q, to: %q}", r.rule.Record, strings.ReplaceAll(r.rule.Record, ":", "_")))
		}
	})
	return findings
}

// checkRenamesOfNothing finds entries for metrics that no rule records.
func checkRenamesOfNothing(c *context) []Finding {
	var findings []Finding
	for _, r := range c.renames() {
		switch from := r.From.Text; {
		case from == "":
			findings = append(findings, c.atValue(r.From, r.Position, "the rename to %q has no from", quote(r.To.Text)).
				WithReason("No metric has an empty name: the entry silently has no effect.").
				WithFix("add from, or remove the entry"))
		case c.recordedNowhere(from):
			f := c.atValue(r.From, r.Position, "%s is renamed, but no rule records it", quote(from)).WithFix("remove the entry")
			if near := c.nearestRecord(from, len(c.config.Renames)); near != "" {
				f = f.WithFix("write the name of a recorded metric, such as %s, or remove the entry", near)
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// checkRenamesOfUnselected finds entries for metrics that exist, or may exist, and
// that no selector matches.
func checkRenamesOfUnselected(c *context) []Finding {
	if !c.selectionKnown() {
		return nil
	}
	var findings []Finding
	for _, r := range c.renames() {
		if from := r.From.Text; from != "" && !c.recordedNowhere(from) && !c.mayExportPartOf(from) {
			findings = append(findings, c.atValue(r.From, r.Position, "%s is renamed, but no selector matches it", quote(from)).
				WithFix("add a selector, or remove the entry"))
		}
	}
	return findings
}

// mayExportPartOf reports whether a metric may be selected, or one of the series
// that have its name with a suffix.
func (c *context) mayExportPartOf(name string) bool {
	for _, suffix := range []string{"", "_bucket", "_sum", "_count", "_total"} {
		if c.mayExport(name + suffix) {
			return true
		}
	}
	return false
}

// checkRenamedTwice finds entries that a later one for the same metric replaces.
func checkRenamedTwice(c *context) []Finding {
	last := map[string]stackdriver.Rename{}
	for _, r := range c.renames() {
		last[r.From.Text] = r
	}
	var findings []Finding
	for _, r := range c.renames() {
		winner := last[r.From.Text]
		if winner.Position == r.Position || r.From.Text == "" {
			continue
		}
		f := c.atValue(r.From, r.Position, "%s is renamed again %s, to %q; this entry has no effect", quote(r.From.Text), r.Position.Apart(winner.Position), quote(winner.To.Text)).
			WithFix("remove one of the two entries")
		if winner.To.Text == r.To.Text {
			f = f.WithSeverity(Warning)
		}
		findings = append(findings, f)
	}
	return findings
}

// checkRenamesOfSuffixes finds entries for which the sidecar never looks, because
// it looks for the name without suffix.
func checkRenamesOfSuffixes(c *context) []Finding {
	var findings []Finding
	for _, r := range c.renames() {
		e := c.exporter.Export(r.From.Text)
		if e.Source == stackdriver.NoSource || e.RenameKey == r.From.Text || e.RenameKey == "" {
			continue
		}
		findings = append(findings, c.atValue(r.From, r.Position, "%s is part of the %s %s, which is renamed as a whole", quote(r.From.Text), e.PrometheusType, e.RenameKey).
			WithFix("write from: %s", e.RenameKey))
	}
	return findings
}

package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var renCollisionsRules = []Rule{
	{
		ID: "REN005", Severity: Error, Concern: Both,
		Title:       "no two metrics are exported under one name",
		Why:         "stackdriver-prometheus-sidecar, retrieval/series_cache.go, handles series with the same type, labels and resource as one, and drops the later sample of each pair; where their kinds differ, Google refuses one of them.",
		Exporter:    "exports the first of the two, and names both as a collision",
		ExporterWhy: "gcm-exporter, exporter/points, exports one of two series with the same type, labels and resource, and drops the other as collision; where their kinds differ, Google refuses one of them.",
		check:       checkOneNameForTwo,
	},
}

// exportedMetric is a metric that may be exported, and as what.
type exportedMetric struct {
	name   string
	export stackdriver.Export
	// rename is the entry for it, nil if it keeps its name.
	rename *stackdriver.Rename
}

// checkOneNameForTwo finds metrics that get the name of another one, either because
// both are renamed or because one is renamed to the other.
func checkOneNameForTwo(c *context) []Finding {
	all := c.exportedMetrics()
	first, byType := make(map[string]int, len(all)), map[string][]exportedMetric{}
	for i, metric := range all {
		switch other, taken := first[metric.export.Type]; {
		case !taken:
			first[metric.export.Type] = i
			continue
		case byType[metric.export.Type] == nil:
			byType[metric.export.Type] = all[other : other+1 : other+1]
		}
		byType[metric.export.Type] = append(byType[metric.export.Type], metric)
	}
	var findings []Finding
	for _, metrics := range byType {
		for i, metric := range metrics {
			if metric.rename == nil && (!c.byExporter() || len(c.recordsOf[metric.name]) == 0) {
				continue
			}
			// A few others are enough to compare with.
			const most = 10
			for _, other := range metrics[:min(i, most)] {
				if loss, why := c.collision(metric, other); loss != "" {
					findings = append(findings, c.atExported(metric, "%s and %s are both exported as %s, %s",
						quote(metric.name), quote(other.name), quote(c.nameOf(metric)), loss).WithReason("%s", why).WithFix("give each a name of its own"))
					break
				}
			}
		}
	}
	return append(findings, c.sumsUnderOtherNames(all)...)
}

// atExported is a finding about the name that a metric is exported under: where it is given,
// or where the rule is that has it.
func (c *context) atExported(metric exportedMetric, format string, args ...any) Finding {
	if metric.rename == nil {
		return c.records[c.recordsOf[metric.name][0]].at(format, args...)
	}
	return c.atValue(metric.rename.To, metric.rename.Position, format, args...)
}

// nameOf is the name that a metric is exported under, without its prefix.
func (c *context) nameOf(metric exportedMetric) string {
	if metric.rename == nil {
		return strings.ReplaceAll(metric.export.RenameKey, ":", "_")
	}
	return metric.rename.To.Text
}

// exportedMetrics returns the recorded metrics that may be exported, those that
// metric_renames names, and those whose name it gives to others; the ones that
// keep their name first.
func (c *context) exportedMetrics() []exportedMetric {
	kept, seen := make([]exportedMetric, 0, len(c.recordedSorted)), make(map[string]bool, len(c.recordedSorted))
	var renamed []exportedMetric
	add := func(name string) {
		// A name with a colon that none of the given files records is most likely not
		// recorded at all.
		unrecorded := strings.Contains(name, ":") && len(c.recordsOf[name]) == 0 && len(c.files) > 0
		if seen[name] || unrecorded || !c.mayExport(name) {
			return
		}
		seen[name] = true
		e := c.exporter.Export(name)
		if e.Type == "" {
			e.Type = monitoring.MetricType(c.metricsPrefix(), name)
		}
		metric := exportedMetric{name, e, e.Rename}
		if metric.rename == nil {
			kept = append(kept, metric)
		} else {
			renamed = append(renamed, metric)
		}
	}
	for _, name := range c.recordedSorted {
		add(name)
	}
	for _, r := range c.renames() {
		if c.lastRename[r.From.Text] != r.Position || r.To.Text == "" {
			continue
		}
		add(r.From.Text)
		if len(c.recordsOf[r.To.Text]) > 0 || c.isScraped(r.To.Text) {
			add(r.To.Text)
		}
	}
	slices.SortStableFunc(renamed, func(a, b exportedMetric) int {
		return a.rename.Position.Compare(b.rename.Position)
	})
	return append(kept, renamed...)
}

// sumsUnderOtherNames finds sums of aggregate that have the name of another metric.
func (c *context) sumsUnderOtherNames(all []exportedMetric) []Finding {
	r, isExporter := c.exporter.(*resolver)
	if !isExporter {
		return nil
	}
	var findings []Finding
	for i, entry := range c.file.entries.Aggregates {
		name, sum := c.applied.Aggregates[i].To, r.sum(i, c.applied.Aggregates[i].Metric)
		at := entry.Word("to")
		if at.Text == "" {
			at = entry.Word("metric")
		}
		report := func(severity Severity, format string, args ...any) {
			findings = append(findings, c.SidecarConfig.at(at.At, utf8.RuneCountInString(at.Text), format, args...).
				WithSeverity(severity).WithFix("give the sum another name with to"))
		}
		other := slices.IndexFunc(all, func(m exportedMetric) bool { return m.export.Type == sum.Type && sum.Type != "" })
		switch {
		case other >= 0 && all[other].export.Kind != "" && (all[other].export.Kind != sum.Kind || all[other].export.Value != sum.Value):
			report(Error, "%s and the sum are both exported as %s, the one %s %s and the other %s %s: Google refuses one of them",
				quote(all[other].name), quote(name), all[other].export.Kind, all[other].export.Value, sum.Kind, sum.Value)
		case other >= 0:
			report(Warning, "%s and the sum are both exported as %s: who adds up that metric counts twice", quote(all[other].name), quote(name))
		case c.isRaw(name) && c.mayExport(name):
			report(Warning, "the sum has the name of %s, which is exported itself: who adds up that metric counts twice", quote(name))
		}
	}
	return findings
}

// isRaw reports whether a name is that of one of the proxies' own metrics.
func (c *context) isRaw(name string) bool {
	return slices.Contains(viz.ProxyCounters, name) || slices.Contains(viz.RawHistograms, name)
}

// collision says what happens to two metrics of one type, and why; "" if nothing
// does: parts of one histogram belong together, and labels can distinguish series.
func (c *context) collision(a, b exportedMetric) (loss, why string) {
	if a.export.RenameKey == b.export.RenameKey && a.export.RenameKey != "" && a.export.RenameKey != a.name {
		return "", ""
	}
	if a.export.Kind != "" && b.export.Kind != "" && (a.export.Kind != b.export.Kind || a.export.Value != b.export.Value) {
		return fmt.Sprintf("the one %s %s and the other %s %s: Google refuses one of them",
				a.export.Kind, a.export.Value, b.export.Kind, b.export.Value),
			"Google Cloud Monitoring fixes the kind of a metric with the first point, and refuses points of another kind."
	}
	if c.distinguishable(a.name, b.name) {
		return "", ""
	}
	return "so that the later of two samples with the same labels is dropped", c.of(
		"stackdriver-prometheus-sidecar, retrieval/series_cache.go, handles series with the same type, labels and resource as one.",
		"gcm-exporter, exporter/points, exports the first of two series with the same type, labels and resource, and drops the other as collision; its status page names both.")
}

// distinguishable reports whether some label always has different values on two
// recorded metrics.
func (c *context) distinguishable(a, b string) bool {
	ofA, ofB := c.recordsOf[a], c.recordsOf[b]
	if len(ofA) == 0 || len(ofB) == 0 {
		return false
	}
	// A metric with a thousand rules is assumed to have labels that distinguish them.
	const most = 1000
	if len(ofA)*len(ofB) > most {
		return true
	}
	for _, i := range ofA {
		for _, j := range ofB {
			if !disjoint(c.records[i].rule.Labels, c.records[j].rule.Labels) {
				return false
			}
		}
	}
	return true
}

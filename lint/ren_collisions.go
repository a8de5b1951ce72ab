package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
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
			if metric.rename == nil {
				continue
			}
			// A few others are enough to compare with.
			const most = 10
			for _, other := range metrics[:min(i, most)] {
				if loss, why := c.collision(metric, other); loss != "" {
					findings = append(findings, c.atValue(metric.rename.To, metric.rename.Position, "%s and %s are both exported as %s, %s",
						quote(metric.name), quote(other.name), quote(metric.rename.To.Text), loss).WithReason("%s", why).WithFix("give each a name of its own"))
					break
				}
			}
		}
	}
	return findings
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
	return "so that the later of two samples with the same labels is dropped",
		"stackdriver-prometheus-sidecar, retrieval/series_cache.go, handles series with the same type, labels and resource as one."
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

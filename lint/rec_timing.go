package lint

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var recTimingRules = []Rule{
	{
		ID: "REC014", Severity: Error,
		Title: "rules are not evaluated more often than Google Cloud Monitoring accepts points",
		Why:   "Google Cloud Monitoring refuses points of one series that are less than five seconds apart, or, according to older documents, less than ten.",
		check: checkIntervals,
	},
	{
		ID: "REC015", Severity: Warning,
		Title: "windows hold enough samples",
		Why:   "linkerd-viz scrapes every ten seconds. Prometheus, promql/functions.go, needs two samples in a window for a rate: a short window has none after one or two failed scrapes.",
		check: checkWindows,
	},
}

// checkIntervals checks the groups that record something which is exported.
func checkIntervals(c *context) []Finding {
	var findings []Finding
	exported := map[string]bool{}
	for _, r := range c.records {
		if r.exported() {
			exported[r.file.Object.Name+"/"+r.file.Object.Key+"/"+r.rule.Group] = true
		}
	}
	for _, f := range c.files {
		if f.file == nil {
			continue
		}
		for _, g := range f.file.Groups {
			if g.Interval == 0 || g.Interval >= monitoring.SafeSamplePeriod*time.Second || !exported[f.Object.Name+"/"+f.Object.Key+"/"+g.Name] {
				continue
			}
			severity := Warning
			if g.Interval < monitoring.MinSamplePeriod*time.Second {
				severity = Error
			}
			findings = append(findings, f.at(g.IntervalPosition, utf8.RuneCountInString(g.Interval.String()),
				"group %s is evaluated every %s", quote(g.Name), g.Interval).WithFix("write interval: 30s").WithSeverity(severity))
		}
	}
	return findings
}

// rated are the functions that need two samples in their window.
var rated = []string{"delta", "deriv", "idelta", "increase", "irate", "predict_linear", "rate"}

func checkWindows(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, w := range r.rule.Windows {
			if w.Subquery || !slices.Contains(rated, w.Function) || w.Duration >= 4*viz.ScrapeInterval {
				continue
			}
			severity := Warning
			if w.Duration < 2*viz.ScrapeInterval {
				severity = Error
			}
			findings = append(findings, r.inRange(w.Range, "%s is a %s over %s, which is %d scrapes", quote(r.rule.Record), w.Function, w.Duration, w.Duration/viz.ScrapeInterval).
				WithFix("write a window of at least %s", (4*viz.ScrapeInterval).Round(time.Second)).WithSeverity(severity))
		}
	})
	return findings
}

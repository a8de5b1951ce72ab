package lint

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var recTimingRules = []Rule{
	{
		ID: "REC014", Severity: Error, Concern: Impossible,
		Title:    "rules are not evaluated more often than Google Cloud Monitoring accepts points",
		Why:      "Google Cloud Monitoring refuses points of one series that are less than five seconds apart, or, according to older documents, less than ten.",
		Exporter: "holds back points that are closer than --min-period, 9s by default",
		check:    checkIntervals,
	},
	{
		ID: "REC015", Severity: Warning, Concern: Both,
		Title: "windows hold enough samples",
		Why:   "linkerd-viz scrapes every ten seconds, unless its values say otherwise. Prometheus, promql/functions.go, needs two samples in a window for a rate: a short window has none after one or two failed scrapes.",
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
			interval := cmp.Or(g.Interval, c.scraping.EvaluationInterval)
			if interval >= monitoring.SafeSamplePeriod*time.Second || !exported[f.Object.Name+"/"+f.Object.Key+"/"+g.Name] {
				continue
			}
			severity := Warning
			if interval < monitoring.MinSamplePeriod*time.Second {
				severity = Error
			}
			finding := f.at(g.IntervalPosition, utf8.RuneCountInString(g.Interval.String()), "group %s is evaluated every %s", quote(g.Name), interval).
				WithFix("write interval: 30s")
			if g.Interval == 0 {
				finding = f.at(g.Position, utf8.RuneCountInString(g.Name), "group %s is evaluated every %s, the evaluation_interval of %s",
					quote(g.Name), interval, c.configuredBy()).WithFix("give the group an interval of its own: interval: 30s")
			}
			findings = append(findings, finding.WithReason("%s", tooOften[severity]).WithSeverity(severity))
		}
	}
	return findings
}

var tooOften = map[Severity]string{
	Error:   "Google Cloud Monitoring refuses points of one series that are less than five seconds apart.",
	Warning: "Older documents of Google Cloud Monitoring want ten seconds between two points of one series, newer ones five.",
}

// rated are the functions that need two samples in their window.
var rated = []string{"delta", "deriv", "idelta", "increase", "irate", "predict_linear", "rate"}

// enoughSamples is how many samples a window should have: with fewer, one or two failed
// scrapes leave less than two.
const enoughSamples = 4

func checkWindows(c *context) []Finding {
	var findings []Finding
	c.exportedRecords(func(r record) {
		for _, w := range r.rule.Windows {
			if w.Subquery || !slices.Contains(rated, w.Function) {
				continue
			}
			period, from := c.samplesIn(r, w)
			if w.Duration >= enoughSamples*period {
				continue
			}
			severity := Warning
			if w.Duration < 2*period {
				severity = Error
			}
			findings = append(findings, r.inRange(w.Range, "%s is a %s over %s, which is %d %s", quote(r.rule.Record), w.Function, model.Duration(w.Duration), w.Duration/period, from.samples()).
				WithReason("%s. Prometheus, promql/functions.go, needs two samples in a window for a rate: a short window has none after one or two of them are missing.", c.because(from, period)).
				WithFix("write a window of at least %s", model.Duration((enoughSamples*period).Round(time.Second))).WithSeverity(severity))
		}
	})
	return findings
}

// sampled is what samples come from: the rule of a recorded metric, or a scrape job.
type sampled struct{ recorded, job string }

func (s sampled) samples() string {
	if s.recorded != "" {
		return "evaluations"
	}
	return "scrapes"
}

// because says how often there is a sample, and who says so.
func (c *context) because(from sampled, period time.Duration) string {
	if from.recorded != "" {
		return fmt.Sprintf("The rule of %s is evaluated every %s", quote(from.recorded), model.Duration(period))
	}
	return fmt.Sprintf("The job %s is scraped every %s according to %s", from.job, model.Duration(period), c.configuredBy())
}

// samplesIn returns the time between two samples of what a window reads, and what a sample
// comes from. Recorded metrics get samples from their rule, all others from scrapes.
func (c *context) samplesIn(r record, w rules.Window) (period time.Duration, from sampled) {
	var read rules.Selector
	for _, selector := range r.rule.Selectors {
		if selector.Range.Start == w.Range.Start && selector.Window == w.Duration {
			read = selector
		}
	}
	for _, name := range read.Names {
		for _, i := range c.recordsOf[name] {
			period = max(period, cmp.Or(c.records[i].rule.Interval, c.scraping.EvaluationInterval))
			from.recorded = name
		}
	}
	if period > 0 {
		return period, from
	}
	job := c.jobOf(r, read)
	return job.Interval, sampled{job: job.Name}
}

// jobOf returns the job whose series a rule reads: the one that the selector names, or the
// slowest of those of the recorded series.
func (c *context) jobOf(r record, read rules.Selector) viz.ConfiguredJob {
	for _, m := range read.Matchers {
		if job, known := c.scraping.Job(m.Value); known && m.Name == "job" && m.Type == labels.MatchEqual {
			return job
		}
	}
	return slices.MaxFunc(r.jobs, func(a, b viz.ConfiguredJob) int { return cmp.Compare(a.Interval, b.Interval) })
}

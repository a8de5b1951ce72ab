package lint

import (
	"time"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/sidecar"
)

// scrapeInterval is that of every job of linkerd-viz (prometheus.globalConfig).
const scrapeInterval = 10 * time.Second

func checkRuleFiles(s *subject) []Finding {
	var findings []Finding
	report := func(f ruleFile, e rules.Error, what string) {
		findings = append(findings, f.at(sidecar.Place(e.Position), 0, "%s%s", what, e.Message))
	}
	for _, f := range s.files {
		for _, e := range f.errors {
			report(f, e, "Prometheus does not load the file: ")
		}
	}
	for _, r := range s.records {
		for _, e := range r.rule.Failures {
			report(r.file, e, shown(r.rule.Record)+" is never recorded: ")
		}
	}
	return findings
}

// checkIntervals judges the groups that record something which is exported.
func checkIntervals(s *subject) []Finding {
	var findings []Finding
	exported := map[string]bool{}
	for _, r := range s.records {
		if r.exported() {
			exported[r.file.Object.Name+"/"+r.file.Object.Key+"/"+r.rule.Group] = true
		}
	}
	for _, f := range s.files {
		if f.file == nil {
			continue
		}
		for _, g := range f.file.Groups {
			if g.Interval == 0 || g.Interval >= sidecar.SafeSamplePeriod*time.Second || !exported[f.Object.Name+"/"+f.Object.Key+"/"+g.Name] {
				continue
			}
			severity := Warning
			if g.Interval < sidecar.MinSamplePeriod*time.Second {
				severity = Error
			}
			findings = append(findings, f.at(sidecar.Place(g.IntervalPosition), utf8.RuneCountInString(g.Interval.String()),
				"group %s is evaluated every %s", shown(g.Name), g.Interval).fixed("write interval: 30s").as(severity))
		}
	}
	return findings
}

func checkAlerts(s *subject) []Finding {
	const series = "ALERTS"
	if !s.mayExport(series) {
		return nil
	}
	var findings []Finding
	for _, f := range s.files {
		if f.file == nil {
			continue
		}
		for _, g := range f.file.Groups {
			for _, alert := range g.Alerts {
				findings = append(findings, f.at(sidecar.Place(alert.Position), utf8.RuneCountInString(alert.Name),
					"the series of alert %s are selected and then dropped", shown(alert.Name)).fixed("select only recorded metrics, such as %s", `{__name__=~"linkerd_job:.+"}`))
			}
		}
	}
	return findings
}

// checkRecordedTwice compares the exported rules of one name with each other.
func checkRecordedTwice(s *subject) []Finding {
	var findings []Finding
	for i, r := range s.records {
		if !r.exported() {
			continue
		}
		for _, j := range s.recordsOf[r.rule.Record] {
			other := s.records[j]
			if j >= i {
				break
			}
			// One file that is mounted twice is SET004's.
			same := other.file.Object.Key == r.file.Object.Key && other.place() == r.place()
			if same || !other.exported() || disjoint(r.rule.Labels, other.rule.Labels) {
				continue
			}
			severity := Warning
			if r.rule.Expr.Text == other.rule.Expr.Text {
				severity = Error
			}
			findings = append(findings, r.at("%s is recorded by another rule too, in line %d of %s, and no label tells the two apart",
				shown(r.rule.Record), other.rule.Position.Line, other.file.Object.Key).fixed("give each rule a name of its own").as(severity))
			break
		}
	}
	return findings
}

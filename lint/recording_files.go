package lint

import (
	"time"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// scrapeInterval is that of every job of linkerd-viz (prometheus.globalConfig).
const scrapeInterval = 10 * time.Second

func checkAliases(s *subject) []Finding {
	var findings []Finding
	for _, r := range s.records {
		findings = append(findings, r.aliases()...)
	}
	return findings
}

// aliases finds a name or an expression that stands for what it says elsewhere in
// the file, but not to Prometheus.
func (r record) aliases() []Finding {
	var findings []Finding
	if r.rule.Alias {
		findings = append(findings, r.at("the rule's name is the alias *%[1]s, of which Prometheus takes the word %[1]s for the name", shown(r.rule.Record)).fixed("write the name out"))
	}
	if text := r.rule.Expr.Text; r.rule.Expr.Alias {
		at := r.rule.Expr.At(0)
		findings = append(findings, r.file.at(at, 1+utf8.RuneCountInString(text),
			"the expression of %[1]s is the alias *%[2]s, of which Prometheus takes the word %[2]s for the expression", shown(r.rule.Record), shown(text)).fixed("write the expression out"))
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
			if g.Interval == 0 || g.Interval >= monitoring.SafeSamplePeriod*time.Second || !exported[f.Object.Name+"/"+f.Object.Key+"/"+g.Name] {
				continue
			}
			severity := Warning
			if g.Interval < monitoring.MinSamplePeriod*time.Second {
				severity = Error
			}
			findings = append(findings, f.at(g.IntervalPosition, utf8.RuneCountInString(g.Interval.String()),
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
				findings = append(findings, f.at(alert.Position, utf8.RuneCountInString(alert.Name),
					"the series of alert %s are selected and then dropped", shown(alert.Name)).fixed("select only recorded metrics, such as %s", `{__name__=~"linkerd_job:.+"}`))
			}
		}
	}
	return findings
}

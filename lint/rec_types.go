package lint

import (
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var recTypesRules = []Rule{
	{
		ID: "REC006", Severity: Error, Concern: Both,
		Title:       "exported metrics have a colon in the name or a static type",
		Why:         "stackdriver-prometheus-sidecar, metadata/cache.go, knows no type of any other recorded metric, and drops it as metadata_not_found.",
		Exporter:    "takes every recorded metric for a gauge with destination managed-prometheus",
		ExporterWhy: "gcm-exporter, exporter/series/metadata.go, knows no type of any other recorded metric, and drops it as metadata_not_found.",
		check:       checkTypeKnown,
	},
	{
		ID: "REC019", Severity: Info, Concern: Both,
		Title:       "alerts are not exported",
		Why:         "Prometheus, rules/alerting.go, writes the series ALERTS and ALERTS_FOR_STATE, which have no colon: stackdriver-prometheus-sidecar, metadata/cache.go, drops them as metadata_not_found.",
		Exporter:    "exports those with job and instance, with destination managed-prometheus",
		ExporterWhy: "Prometheus, rules/alerting.go, writes the series ALERTS and ALERTS_FOR_STATE, which have no colon: gcm-exporter, exporter/series/metadata.go, drops them as metadata_not_found.",
		check:       checkAlerts,
	},
	{
		ID: "REC020", Severity: Warning, Concern: Impossible,
		Title:       "native histograms are not exported",
		Why:         "stackdriver-prometheus-sidecar reads the log with tsdb 0.10 (record/record.go), which ignores the records of native histograms.",
		Exporter:    "exports them as distributions with exponential buckets",
		Undecidable: "The files do not say whether a series is one; none of Linkerd's is.",
	},
}

func checkTypeKnown(c *context) []Finding {
	var findings []Finding
	c.exports(func(r record, e stackdriver.Export) {
		if e.Drop == stackdriver.MetadataNotFound {
			findings = append(findings, r.at("%s has neither a colon in its name nor an entry in static_metadata", quote(r.rule.Record)).
				WithFix("name it level:metric:operation and rename it, or give it a type in static_metadata"))
		}
	})
	return findings
}

func checkAlerts(c *context) []Finding {
	const series = "ALERTS"
	if !c.mayExport(series) || c.managed() {
		return nil
	}
	var findings []Finding
	for _, f := range c.files {
		if f.file == nil {
			continue
		}
		for _, g := range f.file.Groups {
			for _, alert := range g.Alerts {
				findings = append(findings, f.at(alert.Position, utf8.RuneCountInString(alert.Name),
					"the series of alert %s are selected and then dropped", quote(alert.Name)).WithFix("select only recorded metrics, such as %s", `{__name__=~"linkerd_job:.+"}`))
			}
		}
	}
	return findings
}

package lint

import (
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var cfgLocationRules = []Rule{{
	ID: "CFG014", Severity: Warning, Concern: Both,
	Title:       "Google knows the location",
	Why:         "cloud.google.com/monitoring/docs/region-support: Google Cloud Monitoring discards a time series whose location it does not recognize; the sidecar logs \"Unrecognized region or location\".",
	Exporter:    "exits if it is global, with destination managed-prometheus",
	ExporterWhy: "cloud.google.com/monitoring/docs/region-support: Google Cloud Monitoring discards a time series whose location it does not recognize; gcm-exporter counts it as refused, under the reason location.",
	check:       checkLocation,
}}

// checkLocation finds a location that does not have the form of one. It is a warning,
// because the forms do not tell which regions there are. What is not even a name is
// found by CFG006.
func checkLocation(c *context) []Finding {
	location, name := c.Location, "annotation "+settings.Location
	if c.flagsReadable() {
		var given bool
		if location, given = c.sidecar.first(locationFlag); !given || location.Unknown || len(mismatch(location, locationFlag, settings.Location)) > 0 {
			return nil
		}
		name = locationFlag
	} else if c.sidecar != nil || c.hasProblem(settings.Location) {
		return nil
	}
	if c.managed() && location.Value == "global" {
		return []Finding{location.atText("%s is global, which destination %s does not take", name, configuration.ManagedPrometheus).WithSeverity(Error).
			WithReason("gcm-exporter, exporter/configuration/settings.go, exits with status 2: Google Cloud Monitoring refuses the location global for Managed Prometheus.").
			WithFix("write the cluster's region or zone")}
	}
	problem, fix := monitoring.CheckLocation(location.Value)
	if location.Value == "" || problem == "" {
		return nil
	}
	return []Finding{location.atText("%s is %s: %s", name, quote(location.Value), problem).WithFix("%s", fix)}
}

package lint

import (
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var cfgManagedRules = []Rule{{
	ID: "CFG017", Severity: Warning, Concern: ExporterOnly,
	Title: "with destination managed-prometheus nothing is set that has no effect there",
	Why:   "gcm-exporter, exporter/series/naming.go, sends metrics to Managed Prometheus under the names that they have in Prometheus, and on resources of their own: prefixes, renames and other resources do not apply.",
	check: checkWithoutEffect,
}}

// withoutEffect are the flags that Managed Prometheus has no use for.
var withoutEffect = []string{prefixFlag, "--stackdriver.use-gke-resource", "--stackdriver.generic.location", "--stackdriver.generic.namespace"}

// checkWithoutEffect finds what Managed Prometheus has no use for.
func checkWithoutEffect(c *context) []Finding {
	if !c.managed() {
		return nil
	}
	const fix = "remove it, or send to " + string(configuration.CloudMonitoring)
	var findings []Finding
	if prefix := c.MetricsPrefix; c.sidecar == nil && prefix.Value != "" && prefix.Value != monitoring.DefaultMetricsPrefix {
		findings = append(findings, prefix.atText("%s has no effect with destination %s", settings.MetricsPrefix, configuration.ManagedPrometheus).WithFix(fix))
	}
	if c.sidecar != nil {
		for _, flag := range withoutEffect {
			for _, text := range c.sidecar.texts(flag) {
				if flag != prefixFlag || text.Value != monitoring.DefaultMetricsPrefix {
					findings = append(findings, text.atText("%s has no effect with destination %s", flag, configuration.ManagedPrometheus).WithFix(fix))
				}
			}
		}
	}
	if c.config != nil && len(c.config.Renames) > 0 {
		findings = append(findings, c.SidecarConfig.at(c.config.Renames[0].Position, 0, "metric_renames have no effect with destination %s: metrics keep their names", configuration.ManagedPrometheus).WithFix(fix))
	}
	return findings
}

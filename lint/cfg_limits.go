package lint

import (
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
)

var cfgLimitsRules = []Rule{{
	ID: "CFG018", Severity: Warning, Concern: ExporterOnly,
	Title: "gcm-exporter sends nothing that is beyond what Google takes",
	Why:   "gcm-exporter, cmd/gcm-exporter/options.go, takes any limit that it is given, and sends what is within; what is beyond those of Google Cloud Monitoring is refused there, and lost.",
	check: checkLimits,
}}

const (
	// leastPeriod is the time between two points of a series below which Google refuses the later
	// one (cloud.google.com/monitoring/quotas).
	leastPeriod = 5 * time.Second
	// mostAge is how old a point may be at which Google still takes it.
	mostAge = 25 * time.Hour
)

// checkLimits finds flags that let the exporter send what Google refuses.
func checkLimits(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	var findings []Finding
	for _, limit := range []struct {
		flag, message, fix string
		beyond             bool
	}{
		{minPeriodFlag, "Google refuses points of a series that are less than five seconds apart", "write 9s, or leave the flag out", c.lasts(minPeriodFlag, func(d time.Duration) bool {
			return d < leastPeriod
		})},
		{maxAgeFlag, "Google refuses points that are older than 25 hours", "write 24h30m, or leave the flag out", c.lasts(maxAgeFlag, func(d time.Duration) bool {
			return d == 0 || d > mostAge
		})},
		{maxLabelsFlag, "Google refuses series with more than 30 labels", "write 30, or leave the flag out", !c.managed() && c.maxLabels() > configuration.DefaultMaxLabels},
	} {
		if text, _ := c.sidecar.first(limit.flag); limit.beyond {
			findings = append(findings, text.atText("%s=%s: %s", limit.flag, text.Value, limit.message).WithFix("%s", limit.fix))
		}
	}
	return findings
}

// lasts reports whether a duration is given as a flag, and is as the function says.
func (c *context) lasts(flag string, is func(time.Duration) bool) bool {
	given, err := time.ParseDuration(c.sidecar.value(flag))
	return err == nil && is(given)
}

package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
)

const configHeader = `# The configuration of the stackdriver-prometheus-sidecar, written by
# "linkerd-gcm generate" from the recording rules.
#
# Only metrics that the annotation gcm.linkerd.io/include selects are exported. By
# default these are the metrics whose names begin with linkerd_job:.
#
# Google Cloud Monitoring does not accept colons in names (lint rule REN001).
`

const typesComment = `# Types are looked up by the name that a metric has in Prometheus, not by the new
# name (MET001). A metric with a colon in its name is a gauge unless it is listed here.
`

// SidecarConfig returns the sidecar's configuration file for recording rules: a new
// name for each metric with a colon in its name, and a type for each that the
// sidecar would not know or would take for a gauge.
func SidecarConfig(file *rules.File) string {
	counters := countersOf(file)
	recorded := slices.Sorted(maps.Keys(counters))
	renames := exportedNames(recorded)

	var b strings.Builder
	b.WriteString(configHeader)
	if len(renames) == 0 {
		b.WriteString("metric_renames: []\n")
	} else {
		b.WriteString("metric_renames:\n")
	}
	var types strings.Builder
	for _, name := range recorded {
		to, renamed := renames[name]
		if renamed {
			fmt.Fprintf(&b, "- from: %q\n  to: %q\n", name, to)
		}
		switch {
		case counters[name]:
			fmt.Fprintf(&types, "- metric: %q\n  type: counter\n", name)
		case !renamed:
			fmt.Fprintf(&types, "- metric: %q\n  type: gauge\n", name)
		}
	}
	if types.Len() > 0 {
		b.WriteString(typesComment + "static_metadata:\n" + types.String())
	}
	return b.String()
}

// countersOf returns all recorded metrics, and whether they are counters.
func countersOf(file *rules.File) map[string]bool {
	counters := map[string]bool{}
	for _, rule := range file.Rules() {
		isCounter, seen := counters[rule.Record]
		counters[rule.Record] = rule.Value.Kind == rules.Counter && (isCounter || !seen)
	}
	return counters
}

// exportedNames returns the names in Google Cloud Monitoring of those metrics that
// have a colon in theirs. No two are equal, nor equal to one without a colon.
func exportedNames(recorded []string) map[string]string {
	taken := map[string]bool{}
	for _, name := range recorded {
		taken[name] = true
	}
	names := map[string]string{}
	for _, name := range recorded {
		if !strings.Contains(name, ":") {
			continue
		}
		plain := strings.TrimLeft(strings.ReplaceAll(name, ":", "_"), "_0123456789")
		if plain == "" {
			plain = "metric"
		}
		to := plain
		for number := 2; taken[to]; number++ {
			to = fmt.Sprintf("%s_%d", plain, number)
		}
		taken[to] = true
		names[name] = to
	}
	return names
}

package lint

import (
	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

const (
	destinationFlag = "--destination"
	dryRunFlag      = "--dry-run"
	onceFlag        = "--once"
	maxAgeFlag      = "--max-age"
	maxLabelsFlag   = "--max-labels"
	minPeriodFlag   = "--min-period"
)

// ExporterFlags are those that gcm-exporter has besides those of Google's sidecar.
var ExporterFlags = []stackdriver.Flag{
	{Name: "destination", Values: destinations()},
	{Name: "min-period"}, {Name: "max-series"}, {Name: "max-inputs"}, {Name: "max-labels"}, {Name: "max-age"}, {Name: "state-file"},
	{Name: "backfill", Switch: true}, {Name: "once", Switch: true}, {Name: "dry-run", Switch: true}, {Name: "web.enable-pprof", Switch: true},
}

func destinations() []string {
	var names []string
	for _, destination := range configuration.Destinations {
		names = append(names, string(destination))
	}
	return names
}

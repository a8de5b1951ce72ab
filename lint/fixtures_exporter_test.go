package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// byExporter is the input with gcm-exporter in place of Google's sidecar.
func (s setup) byExporter() Input {
	in := s.input()
	in.Settings.Sidecar = settings.GCMExporter
	return in
}

// managed is the input with gcm-exporter that sends to Managed Prometheus.
func (s setup) managed() Input {
	in := s.byExporter()
	in.Settings.Destination = configuration.ManagedPrometheus
	return in
}

// exporterTest is an input for gcm-exporter, and what is found.
type exporterTest struct {
	setup
	want []string
}

func runWithExporter(t *testing.T, tests map[string]exporterTest) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { expect(t, test.byExporter(), test.want) })
	}
}

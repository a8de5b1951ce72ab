package lint

import (
	"cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// findProgram returns the sidecar that is judged: the one in the pod, else the one that is to
// be injected. Another program with the flags of Google's sidecar is judged as that one.
func (c *context) findProgram() settings.Sidecar {
	if c.sidecar != nil {
		return cmp.Or(c.sidecar.Program, settings.Stackdriver)
	}
	return cmp.Or(c.Settings.Sidecar, settings.GCMExporter)
}

// byExporter reports whether gcm-exporter is judged, and not Google's sidecar.
func (c *context) byExporter() bool { return c.program == settings.GCMExporter }

// managed reports whether gcm-exporter sends to Managed Prometheus, where names and labels
// stay as they are.
func (c *context) managed() bool {
	if !c.byExporter() {
		return false
	}
	destination := string(c.Settings.Destination)
	if c.sidecar != nil {
		destination = c.sidecar.value(destinationFlag)
	}
	return destination == string(configuration.ManagedPrometheus)
}

// of returns the one of two texts that is about the sidecar that is judged.
func (c *context) of(google, exporter string) string {
	if c.byExporter() {
		return exporter
	}
	return google
}

// concerns reports whether a rule is about a sidecar.
func (r Rule) concerns(program settings.Sidecar) bool {
	switch r.Concern {
	case Both:
		return true
	case ExporterOnly:
		return program == settings.GCMExporter
	}
	return program != settings.GCMExporter
}

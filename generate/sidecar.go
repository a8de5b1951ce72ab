package generate

// Sidecar says which program exports what is recorded. Its values are those of --sidecar.
type Sidecar string

// The sidecars.
const (
	// GCMExporter is this project's own.
	GCMExporter Sidecar = "gcm-exporter"
	// Stackdriver is Google's stackdriver-prometheus-sidecar.
	Stackdriver Sidecar = "stackdriver"
)

package stackdriver

// The flags with which a sidecar is told what to select
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go).
const (
	IncludeFlag = "--include"
	// FilterFlag is deprecated: all of them together are one more selector.
	FilterFlag = "--filter"
)

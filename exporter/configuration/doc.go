// Package configuration reads what gcm-exporter is told: its file, which is that of
// Google's sidecar with one more list, aggregate, and the settings that its flags give.
// It does not read flags or files itself, and it does not apply anything: package series
// does.
package configuration

// Package targets asks Prometheus for its targets and for the metadata of their metrics,
// and remembers the answers for series of pods that are gone. It implements series.Lookup.
// It does not decide what a series becomes: package series does.
package targets

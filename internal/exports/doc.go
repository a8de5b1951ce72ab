// Package exports says whether metrics arrive in Google Cloud Monitoring, and if not why
// and what to do: by what the sidecars say of themselves, which is the status page of
// gcm-exporter, and the counters of Google's sidecar. It judges, compares and prints; it
// does not ask the cluster, which package check does.
package exports

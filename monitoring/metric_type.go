package monitoring

// DefaultMetricsPrefix precedes the names of metrics that come from Prometheus, where
// nothing else is asked for (stackdriver-prometheus-sidecar, retrieval/transform.go).
const DefaultMetricsPrefix = "external.googleapis.com/prometheus"

// MetricType composes a metric type as Google Cloud Monitoring has it from the
// prefix, "" for the default one, and the name after renaming.
func MetricType(prefix, name string) string {
	if prefix == "" {
		prefix = DefaultMetricsPrefix
	}
	return prefix + "/" + name
}

// MetricKind is what the points of a metric mean in Google Cloud Monitoring.
type MetricKind string

// The kinds of metrics that are exported.
const (
	Gauge      MetricKind = "GAUGE"
	Cumulative MetricKind = "CUMULATIVE"
)

// ValueKind is the type of a metric's points in Google Cloud Monitoring.
type ValueKind string

// The value types of metrics that are exported. Int64 rounds every value.
const (
	Double       ValueKind = "DOUBLE"
	Int64        ValueKind = "INT64"
	Distribution ValueKind = "DISTRIBUTION"
)

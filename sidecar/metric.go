package sidecar

import "strings"

// DefaultMetricsPrefix is where metrics go without --stackdriver.metrics-prefix
// (stackdriver-prometheus-sidecar, retrieval/transform.go).
const DefaultMetricsPrefix = "external.googleapis.com/prometheus"

// AggregatedPrefix is where aggregated counters go; neither the metrics prefix
// nor metric_renames applies to them (cmd/stackdriver-prometheus-sidecar/main.go).
const AggregatedPrefix = "custom.googleapis.com/opencensus"

// MaxLabels is the number of labels above which the sidecar drops a series as
// too_many_labels, after the metric's name and the target's labels are gone and
// before a histogram's le is (retrieval/transform.go, retrieval/series_cache.go).
const MaxLabels = 10

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

// The kinds that the sidecar exports.
const (
	Gauge      MetricKind = "GAUGE"
	Cumulative MetricKind = "CUMULATIVE"
)

// ValueKind is the type of a metric's points in Google Cloud Monitoring.
type ValueKind string

// The value types that the sidecar exports. Int64 rounds every value.
const (
	Double       ValueKind = "DOUBLE"
	Int64        ValueKind = "INT64"
	Distribution ValueKind = "DISTRIBUTION"
)

// The suffixes that the sidecar strips from a name for which it has no metadata.
const (
	suffixBucket = "_bucket"
	suffixSum    = "_sum"
	suffixCount  = "_count"
	suffixTotal  = "_total"
)

// stripSuffix returns a name without the suffix that a histogram, summary or
// counter gives its series.
func stripSuffix(name string) (base, suffix string, stripped bool) {
	for _, suffix := range []string{suffixBucket, suffixCount, suffixSum, suffixTotal} {
		if base, stripped := strings.CutSuffix(name, suffix); stripped {
			return base, suffix, true
		}
	}
	return name, "", false
}

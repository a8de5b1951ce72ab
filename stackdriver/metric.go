package stackdriver

import "strings"

// AggregatedPrefix is where aggregated counters go; neither the metrics prefix
// nor metric_renames applies to them (cmd/stackdriver-prometheus-sidecar/main.go).
const AggregatedPrefix = "custom.googleapis.com/opencensus"

// MaxLabels is the number of labels above which the sidecar drops a series as
// too_many_labels, after the metric's name and the target's labels are gone and
// before a histogram's le is (retrieval/transform.go, retrieval/series_cache.go).
const MaxLabels = 10

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

package points_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// TestALineOfANativeHistogram has the names that gcm-emulator gives the same point.
func TestALineOfANativeHistogram(t *testing.T) {
	s := series.New(series.Series{MetricType: "m", Kind: monitoring.Cumulative, Value: monitoring.Distribution, Resource: "r"})
	line, err := points.JSON(points.Point{Series: s, Start: 1, End: 2, Value: points.Value{Distribution: &points.Distribution{
		Count: 3, Mean: 0.5, Counts: []int64{0, 3, 0}, Exponential: &points.Exponential{Buckets: 1, Growth: 2, Scale: 0.25},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"end":2,"kind":"CUMULATIVE","metric":"m","metricLabels":{},"resource":"r","resourceLabels":{},"start":1,` +
		`"value":{"distribution":{"bounds":[],"bucketCounts":[0,3,0],"count":3,` +
		`"exponential":{"numFiniteBuckets":1,"growthFactor":2,"scale":0.25},"mean":0.5,"sumOfSquaredDeviation":0}},"valueType":"DISTRIBUTION"}`
	if diff := cmp.Diff(want, string(line)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

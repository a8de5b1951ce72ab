package cloudmonitoring

import (
	"math"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// newSeries makes a series of a pod, with a label.
func newSeries(name, pod string, kind monitoring.MetricKind, value monitoring.ValueKind) *series.Series {
	return series.New(series.Series{
		MetricType: "external.googleapis.com/prometheus/" + name, Kind: kind, Value: value,
		Labels:   []series.Label{{Name: "direction", Value: "inbound"}, {Name: "empty"}},
		Resource: "k8s_container",
		ResourceLabels: []series.Label{
			{Name: "cluster_name", Value: "c"}, {Name: "container_name", Value: "linkerd-proxy"}, {Name: "location", Value: "europe-west4"},
			{Name: "namespace_name", Value: "n"}, {Name: "pod_name", Value: pod}, {Name: "project_id", Value: "p"},
		},
	})
}

// kinds and types of monitoringpb.
var (
	pbKinds = map[monitoring.MetricKind]metric.MetricDescriptor_MetricKind{
		monitoring.Gauge: metric.MetricDescriptor_GAUGE, monitoring.Cumulative: metric.MetricDescriptor_CUMULATIVE,
	}
	pbTypes = map[monitoring.ValueKind]metric.MetricDescriptor_ValueType{
		monitoring.Double: metric.MetricDescriptor_DOUBLE, monitoring.Int64: metric.MetricDescriptor_INT64,
		monitoring.Distribution: metric.MetricDescriptor_DISTRIBUTION,
	}
)

// message builds what a point should be with monitoringpb.
func message(p points.Point) *monitoringpb.TimeSeries {
	labels := func(all []series.Label) map[string]string {
		m := map[string]string{}
		for _, label := range all {
			m[label.Name] = label.Value
		}
		return m
	}
	interval := &monitoringpb.TimeInterval{EndTime: timestamppb.New(time.UnixMilli(p.End))}
	if p.Series.Kind == monitoring.Cumulative {
		interval.StartTime = timestamppb.New(time.UnixMilli(p.Start))
	}
	value := &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_DoubleValue{DoubleValue: p.Value.Double}}
	switch p.Series.Value {
	case monitoring.Int64:
		value.Value = &monitoringpb.TypedValue_Int64Value{Int64Value: p.Value.Int64}
	case monitoring.Distribution:
		value.Value = &monitoringpb.TypedValue_DistributionValue{DistributionValue: distributionMessage(p.Value.Distribution)}
	}
	return &monitoringpb.TimeSeries{
		Metric:     &metric.Metric{Type: p.Series.MetricType, Labels: labels(p.Series.Labels)},
		Resource:   &monitoredres.MonitoredResource{Type: p.Series.Resource, Labels: labels(p.Series.ResourceLabels)},
		MetricKind: pbKinds[p.Series.Kind], ValueType: pbTypes[p.Series.Value],
		Points: []*monitoringpb.Point{{Interval: interval, Value: value}},
	}
}

func distributionMessage(d *points.Distribution) *distribution.Distribution {
	options := &distribution.Distribution_BucketOptions{}
	if d.Exponential != nil {
		options.Options = &distribution.Distribution_BucketOptions_ExponentialBuckets{ExponentialBuckets: &distribution.Distribution_BucketOptions_Exponential{
			NumFiniteBuckets: d.Exponential.Buckets, GrowthFactor: d.Exponential.Growth, Scale: d.Exponential.Scale,
		}}
	} else {
		options.Options = &distribution.Distribution_BucketOptions_ExplicitBuckets{ExplicitBuckets: &distribution.Distribution_BucketOptions_Explicit{Bounds: d.Bounds}}
	}
	return &distribution.Distribution{
		Count: d.Count, Mean: d.Mean, SumOfSquaredDeviation: d.SumOfSquaredDeviation, BucketOptions: options, BucketCounts: d.Counts,
	}
}

// somePoints are of every kind, with values at the edges.
func somePoints() []points.Point {
	gauge := newSeries("load", "web", monitoring.Gauge, monitoring.Double)
	counter := newSeries("requests", "web", monitoring.Cumulative, monitoring.Double)
	whole := newSeries("whole", "web", monitoring.Cumulative, monitoring.Int64)
	latency := newSeries("latency", "web", monitoring.Cumulative, monitoring.Distribution)
	const end = 1795780800123
	return []points.Point{
		{Series: gauge, End: end, Value: points.Value{Double: 1.5}},
		{Series: gauge, End: 1795780800000},
		{Series: gauge, End: end, Value: points.Value{Double: math.Copysign(0, -1)}},
		{Series: gauge, End: end, Value: points.Value{Double: math.Inf(-1)}},
		{Series: gauge, End: -1},
		{Series: counter, Start: 0, End: 1},
		{Series: counter, Start: end - 60_000, End: end, Value: points.Value{Double: 1e300}},
		{Series: whole, Start: end - 1, End: end, Value: points.Value{Int64: math.MinInt64}},
		{Series: whole, Start: end - 1, End: end, Value: points.Value{Int64: math.MaxInt64}},
		{Series: whole, Start: end - 1, End: end},
		{Series: latency, Start: end - 1, End: end, Value: points.Value{Distribution: &points.Distribution{
			Count: 300, Mean: 2.5, SumOfSquaredDeviation: 7, Bounds: []float64{-1, 0, 0.5, 1e9}, Counts: []int64{0, 1, 299, 0, 0},
		}}},
		{Series: latency, Start: end - 1, End: end, Value: points.Value{Distribution: &points.Distribution{Bounds: []float64{0}, Counts: []int64{0, 0}}}},
		{Series: latency, Start: end - 1, End: end, Value: points.Value{Distribution: &points.Distribution{}}},
		{Series: latency, Start: end - 1, End: end, Value: points.Value{Distribution: &points.Distribution{
			Count: 3, Mean: math.Copysign(0, -1), Exponential: &points.Exponential{Buckets: 2, Growth: 1.1, Scale: 0.25}, Counts: []int64{1, 1, 1, 0},
		}}},
	}
}

func TestEncodingIsThatOfMonitoringpb(t *testing.T) {
	var e encoder
	want := &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"}
	for _, p := range somePoints() {
		want.TimeSeries = append(want.TimeSeries, message(p))
	}
	request := &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p"}
	request.ProtoReflect().SetUnknown(e.encode(somePoints()))
	sent, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	got := &monitoringpb.CreateTimeSeriesRequest{}
	if err := proto.Unmarshal(sent, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want.Name = "" // It would come last.
	exact, err := proto.MarshalOptions{Deterministic: true}.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exact, e.encode(somePoints())); diff != "" {
		t.Errorf("the bytes differ: -want +got:\n%s", diff)
	}
}

func TestEncodingAllocatesNothing(t *testing.T) {
	var e encoder
	all := somePoints()
	e.encode(all)
	if allocations := testing.AllocsPerRun(100, func() { e.encode(all) }); allocations != 0 {
		t.Errorf("%v allocations a request, want 0", allocations)
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, kind := range []monitoring.ValueKind{monitoring.Double, monitoring.Distribution} {
		b.Run(string(kind), func(b *testing.B) {
			var e encoder
			counter := newSeries("requests", "web", monitoring.Cumulative, kind)
			all := make([]points.Point, maxSeries)
			for i := range all {
				all[i] = points.Point{Series: counter, Start: 1795780800000, End: 1795780810000, Value: points.Value{Double: 5, Distribution: &points.Distribution{
					Count: 27, Mean: 660.59, SumOfSquaredDeviation: 9502607.2, Bounds: make([]float64, 25), Counts: make([]int64, 26),
				}}}
			}
			b.ReportAllocs()
			for b.Loop() {
				e.encode(all)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/maxSeries, "ns/point")
		})
	}
}

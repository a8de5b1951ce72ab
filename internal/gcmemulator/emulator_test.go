package gcmemulator

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// noon is the time of the emulator's clock in tests.
var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// connect starts an emulator on loopback and connects to it.
func connect(t testing.TB, options Options) (*Emulator, monitoringpb.MetricServiceClient) {
	t.Helper()
	if options.Now == nil {
		options.Now = func() time.Time { return noon }
	}
	emulator := New(options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- emulator.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return emulator, monitoringpb.NewMetricServiceClient(connection)
}

// gauge makes a series that no rule refuses, with one point at noon.
func gauge(pod string) *monitoringpb.TimeSeries {
	return &monitoringpb.TimeSeries{
		Metric: &metric.Metric{Type: "external.googleapis.com/prometheus/load", Labels: map[string]string{"direction": "inbound"}},
		Resource: &monitoredres.MonitoredResource{Type: "k8s_container", Labels: map[string]string{
			"project_id": "p", "location": "europe-west4", "cluster_name": "c", "namespace_name": "n", "pod_name": pod, "container_name": "linkerd-proxy",
		}},
		MetricKind: metric.MetricDescriptor_GAUGE,
		ValueType:  metric.MetricDescriptor_DOUBLE,
		Points:     []*monitoringpb.Point{point(time.Time{}, noon, double(1))},
	}
}

// counter makes a cumulative series of another metric.
func counter(pod string, start, end time.Time) *monitoringpb.TimeSeries {
	series := gauge(pod)
	series.Metric.Type = "external.googleapis.com/prometheus/requests_total"
	series.MetricKind = metric.MetricDescriptor_CUMULATIVE
	series.Points = []*monitoringpb.Point{point(start, end, double(1))}
	return series
}

// histogram makes a cumulative series of distributions.
func histogram(value *distribution.Distribution) *monitoringpb.TimeSeries {
	series := counter("web", noon.Add(-time.Minute), noon)
	series.Metric.Type = "external.googleapis.com/prometheus/latency"
	series.ValueType = metric.MetricDescriptor_DISTRIBUTION
	series.Points[0].Value = &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_DistributionValue{DistributionValue: value}}
	return series
}

func explicit(bounds ...float64) *distribution.Distribution_BucketOptions {
	return &distribution.Distribution_BucketOptions{Options: &distribution.Distribution_BucketOptions_ExplicitBuckets{
		ExplicitBuckets: &distribution.Distribution_BucketOptions_Explicit{Bounds: bounds},
	}}
}

func point(start, end time.Time, value *monitoringpb.TypedValue) *monitoringpb.Point {
	interval := &monitoringpb.TimeInterval{EndTime: timestamppb.New(end)}
	if !start.IsZero() {
		interval.StartTime = timestamppb.New(start)
	}
	return &monitoringpb.Point{Interval: interval, Value: value}
}

func double(value float64) *monitoringpb.TypedValue {
	return &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_DoubleValue{DoubleValue: value}}
}

func request(series ...*monitoringpb.TimeSeries) *monitoringpb.CreateTimeSeriesRequest {
	return &monitoringpb.CreateTimeSeriesRequest{Name: "projects/p", TimeSeries: series}
}

// A violation breaks one rule: before is written first, and then the series is refused.
type violation struct {
	before []*monitoringpb.TimeSeries
	series *monitoringpb.TimeSeries
	text   string
}

// changed applies a change to a series that is fine.
func changed(series *monitoringpb.TimeSeries, change func(*monitoringpb.TimeSeries)) *monitoringpb.TimeSeries {
	change(series)
	return series
}

func bounds(number int) []float64 {
	all := make([]float64, number)
	for i := range all {
		all[i] = float64(i)
	}
	return all
}

func labels(number int) map[string]string {
	all := map[string]string{}
	for i := range number {
		all[strings.Repeat("l", i+1)] = "v"
	}
	return all
}

func exponential(finite int32, growth, scale float64) *distribution.Distribution {
	return &distribution.Distribution{BucketOptions: &distribution.Distribution_BucketOptions{
		Options: &distribution.Distribution_BucketOptions_ExponentialBuckets{ExponentialBuckets: &distribution.Distribution_BucketOptions_Exponential{
			NumFiniteBuckets: finite, GrowthFactor: growth, Scale: scale,
		}},
	}}
}

const second = time.Second

// violations have at least one for each rule.
var violations = map[string][]violation{
	"one-point": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points = append(s.Points, s.Points[0]) }), text: "Only one point"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points = nil }), text: "Only one point"},
	},
	"duplicate": {{text: "Field timeSeries[1] had an invalid value: Duplicate TimeSeries encountered."}},
	"value": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Value = nil }), text: "A value must be specified"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.ValueType = metric.MetricDescriptor_INT64 }), text: "does not match"},
	},
	"metric-type": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type += ":sum" }), text: "must be a URL-formatted string with a domain and non-empty path"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type = "external.googleapis.com/" }), text: "URL-formatted"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type = "load" }), text: "URL-formatted"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type = "" }), text: "URL-formatted"},
	},
	"metric-type-length": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type += strings.Repeat("a", 200) }), text: "at most 200 characters"},
	},
	"label-key": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels["7bar"] = "v" }), text: `of "7bar": Label key contains invalid characters.`},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels["project-id"] = "v" }), text: "invalid characters"},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels["_tmp"] = "v" }), text: "invalid characters"},
	},
	"label-key-length": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels[strings.Repeat("k", 101)] = "v" }), text: "at most 100 characters"},
	},
	"label-value-length": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels["a"] = strings.Repeat("v", 1025) }), text: "at most 1024 characters"},
	},
	"resource-type": {{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Resource.Type = "toaster" }), text: "is not known"}},
	"resource-labels": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { delete(s.Resource.Labels, "pod_name") }), text: `"pod_name" of the monitored resource is missing`},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Resource.Labels["pod"] = "web" }), text: "no such label"},
	},
	"location": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Resource.Labels["location"] = "" }), text: "Unrecognized region or location."},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Resource.Labels["location"] = "moon" }), text: "Unrecognized region or location."},
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Resource = &monitoredres.MonitoredResource{Type: "prometheus_target", Labels: map[string]string{"location": "global"}}
		}), text: "Unrecognized region or location."},
	},
	"end": {{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Interval.EndTime = nil }), text: "The end time must be specified."}},
	"too-old": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Points[0].Interval.EndTime = timestamppb.New(noon.Add(-25*time.Hour - 11*second))
		}), text: `interval.end_time had an invalid value of "2026-11-26T10:59:49Z": Data points cannot be written more than 25h10s in the past.`},
	},
	"future": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Points[0].Interval.EndTime = timestamppb.New(noon.Add(301 * second))
		}), text: "in the future"},
	},
	"gauge-start": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Interval.StartTime = timestamppb.New(noon.Add(-second)) }), text: "The start time must be equal to the end time (2026-11-27T12:00:00Z) for the gauge metric"},
	},
	"start": {
		{series: counter("web", noon, noon), text: `interval.start_time had an invalid value of "2026-11-27T12:00:00Z": The start time must be before the end time (2026-11-27T12:00:00Z) for the non-gauge metric 'external.googleapis.com/prometheus/requests_total'.`},
		{series: counter("web", time.Time{}, noon), text: "must be before the end time"},
	},
	"distribution-count": {
		{series: histogram(&distribution.Distribution{Count: 3, BucketOptions: explicit(1), BucketCounts: []int64{1, 1}}), text: "(3) does not equal the sum of |bucket_counts| (2)"},
		{series: histogram(&distribution.Distribution{Count: 1, BucketOptions: explicit(1), BucketCounts: []int64{2, -1}}), text: "negative"},
	},
	"distribution-empty": {
		{series: histogram(&distribution.Distribution{Mean: 1, BucketOptions: explicit(1)}), text: "count of zero"},
		{series: histogram(&distribution.Distribution{Range: &distribution.Distribution_Range{}, BucketOptions: explicit(1)}), text: "count of zero"},
	},
	"distribution-bounds": {
		{series: histogram(&distribution.Distribution{BucketOptions: explicit()}), text: "Distribution |explicit_buckets.bounds| does not have at least one entry."},
		{series: histogram(&distribution.Distribution{BucketOptions: explicit(1, 1)}), text: "not strictly increasing at entry 1"},
	},
	"distribution-exponential": {
		{series: histogram(exponential(0, 2, 1)), text: "at least one finite bucket"},
		{series: histogram(exponential(1, 1, 1)), text: "growth factor above 1"},
		{series: histogram(exponential(1, 2, 0)), text: "scale above 0"},
	},
	"distribution-linear": {{series: histogram(&distribution.Distribution{BucketOptions: &distribution.Distribution_BucketOptions{
		Options: &distribution.Distribution_BucketOptions_LinearBuckets{LinearBuckets: &distribution.Distribution_BucketOptions_Linear{NumFiniteBuckets: 1}},
	}}), text: "width above 0"}},
	"distribution-bucket-counts": {
		{series: histogram(&distribution.Distribution{Count: 3, BucketOptions: explicit(1), BucketCounts: []int64{1, 1, 1}}), text: "has 3 |bucket_counts| fields, which is more than the 2 buckets allowed"},
	},
	"distribution-size": {{series: histogram(&distribution.Distribution{BucketOptions: explicit(bounds(200)...)}), text: "201 buckets"}},
	"distribution-exemplars": {
		{series: histogram(&distribution.Distribution{Count: 2, BucketOptions: explicit(1), BucketCounts: []int64{2}, Exemplars: []*distribution.Distribution_Exemplar{{Value: 1}, {Value: 0}}}), text: "increasing order"},
		{series: histogram(&distribution.Distribution{Count: 1, BucketOptions: explicit(1), BucketCounts: []int64{1}, Exemplars: []*distribution.Distribution_Exemplar{
			{Attachments: []*anypb.Any{{TypeUrl: "a/b"}, {TypeUrl: "a/b"}}},
		}}), text: "more than one attachment"},
	},
	"kind": {{
		before: []*monitoringpb.TimeSeries{gauge("web")},
		series: changed(counter("db", noon.Add(-second), noon), func(s *monitoringpb.TimeSeries) { s.Metric.Type = gauge("").Metric.Type }),
		text:   "Metric kind for metric external.googleapis.com/prometheus/load must be GAUGE, but is CUMULATIVE.",
	}},
	"value-type": {{
		before: []*monitoringpb.TimeSeries{gauge("web")},
		series: changed(gauge("db"), func(s *monitoringpb.TimeSeries) {
			s.ValueType = metric.MetricDescriptor_INT64
			s.Points[0].Value = &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_Int64Value{}}
		}),
		text: "Value type for metric external.googleapis.com/prometheus/load must be DOUBLE, but is INT64.",
	}},
	"labels": {
		{series: changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels = labels(31) }), text: "would cause the metric external.googleapis.com/prometheus/load to have over 30 labels."},
		{
			before: []*monitoringpb.TimeSeries{changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Labels = labels(30) })},
			series: gauge("db"), text: "over 30 labels",
		},
	},
	"start-order": {
		{before: []*monitoringpb.TimeSeries{counter("web", noon.Add(-60*second), noon.Add(-30*second))}, series: counter("web", noon.Add(-40*second), noon), text: "older start time than the most recent point"},
		{before: []*monitoringpb.TimeSeries{counter("web", noon.Add(-60*second), noon.Add(-30*second))}, series: counter("web", noon.Add(-30*second), noon), text: "older start time"},
		{before: []*monitoringpb.TimeSeries{counter("web", noon.Add(-60*second), noon.Add(-30*second))}, series: counter("web", noon.Add(-70*second), noon),
			text: "New reset timestamp '2026/11/27-11:58:50.000' must not be older than existing reset timestamp '2026/11/27-11:59:00.000'."},
	},
	"end-order": {
		{before: []*monitoringpb.TimeSeries{gauge("web")}, series: gauge("web"), text: "Points must be written in order. One or more of the points specified had an older end time than the most recent point."},
		{before: []*monitoringpb.TimeSeries{counter("web", noon.Add(-60*second), noon)}, series: counter("web", noon.Add(-60*second), noon.Add(-second)), text: "older end time"},
	},
	"period": {
		{before: []*monitoringpb.TimeSeries{changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Points[0].Interval.EndTime = timestamppb.New(noon.Add(-4999 * time.Millisecond))
		})}, series: gauge("web"),
			text: "written more frequently than the maximum sampling period configured for the metric. {Metric: external.googleapis.com/prometheus/load, Timestamps: {Youngest Existing: '2026/11/27-11:59:55.001', New: '2026/11/27-12:00:00.000'}}"},
	},
}

func TestEachRuleRefusesWhatBreaksIt(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			if rule.Claim == "" || rule.Source == "" {
				t.Error("the rule has no claim or no source")
			}
			if len(violations[rule.ID]) == 0 {
				t.Error("no case breaks this rule")
			}
			for _, v := range violations[rule.ID] {
				checkViolation(t, rule, v)
			}
		})
	}
}

// checkViolation writes a good series together with the bad one.
func checkViolation(t *testing.T, rule Rule, v violation) {
	t.Helper()
	emulator, client := connect(t, Options{Period: 5 * second})
	for _, series := range v.before {
		if _, err := client.CreateTimeSeries(t.Context(), request(series)); err != nil {
			t.Fatal(err)
		}
	}
	good := gauge("good")
	good.Metric = &metric.Metric{Type: "custom.googleapis.com/good"}
	bad := v.series
	if rule.ID == "duplicate" {
		bad = good
	}
	_, err := client.CreateTimeSeries(t.Context(), request(good, bad))
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(status.Convert(err).Message(), v.text) {
		t.Fatalf("the answer is %v, want InvalidArgument with %q", err, v.text)
	}
	written := slices.ContainsFunc(emulator.Accepted(0), func(a Accepted) bool { return a.Series.GetMetric().GetType() == good.Metric.Type })
	if prefixed := strings.HasPrefix(status.Convert(err).Message(), PartialPrefix); prefixed != (rule.Scope == OnePoint) || written != prefixed {
		t.Errorf("the prefix is there: %v; the good point was written: %v; the scope is %s", prefixed, written, rule.Scope)
	}
	refusals := emulator.Refusals()
	if refusals[len(refusals)-1].Rule != rule.ID {
		t.Errorf("refused under %s, want %s", refusals[len(refusals)-1].Rule, rule.ID)
	}
	if rule.Scope == OnePoint {
		want := &monitoringpb.CreateTimeSeriesSummary{TotalPointCount: 2, SuccessPointCount: 1}
		got := summary(t, err)
		if got.GetTotalPointCount() != want.GetTotalPointCount() || got.GetSuccessPointCount() != want.GetSuccessPointCount() ||
			codes.Code(got.GetErrors()[0].GetStatus().GetCode()) != rule.Code { //nolint:gosec // a code
			t.Errorf("the summary is %v, want %v with code %v", got, want, rule.Code)
		}
	}
}

// summary returns the summary of an answer.
func summary(t *testing.T, err error) *monitoringpb.CreateTimeSeriesSummary {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if summary, is := detail.(*monitoringpb.CreateTimeSeriesSummary); is {
			return summary
		}
	}
	t.Fatalf("%v has no summary", err)
	return nil
}

func TestWhatKeepsTheRulesIsAccepted(t *testing.T) {
	for name, series := range map[string][]*monitoringpb.TimeSeries{
		"a gauge":                          {gauge("web")},
		"a gauge that starts at its end":   {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Interval.StartTime = timestamppb.New(noon) })},
		"a gauge without a kind":           {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.MetricKind, s.ValueType = 0, 0 })},
		"as old as may be":                 {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Interval.EndTime = timestamppb.New(noon.Add(-MaxAge)) })},
		"as far ahead as may be":           {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Points[0].Interval.EndTime = timestamppb.New(noon.Add(MaxFuture)) })},
		"a counter that goes on":           {counter("web", noon.Add(-60*second), noon.Add(-5*second)), counter("web", noon.Add(-60*second), noon)},
		"a counter that is reset":          {counter("web", noon.Add(-60*second), noon.Add(-5*second)), counter("web", noon.Add(-4999*time.Millisecond), noon)},
		"a colon under Managed Prometheus": {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { s.Metric.Type = "prometheus.googleapis.com/job:load:sum/gauge" })},
		"fifty labels there": {changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Metric.Type = "prometheus.googleapis.com/load/gauge"
			s.Metric.Labels = labels(50)
		})},
		"a target with an empty namespace": {changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Resource = &monitoredres.MonitoredResource{Type: "prometheus_target", Labels: map[string]string{"location": "us-central1-a", "namespace": ""}}
		})},
		"a distribution with few counts": {histogram(&distribution.Distribution{Count: 1, Mean: 1, BucketOptions: explicit(1, 2), BucketCounts: []int64{1}})},
		"an exponential distribution":    {histogram(exponential(1, 1.1, 0.1))},
		"an empty distribution":          {histogram(&distribution.Distribution{BucketOptions: explicit(1)})},
		"a resource without its project": {changed(gauge("web"), func(s *monitoringpb.TimeSeries) { delete(s.Resource.Labels, "project_id") })},
		"a generic task that is everywhere": {changed(gauge("web"), func(s *monitoringpb.TimeSeries) {
			s.Resource = &monitoredres.MonitoredResource{Type: "generic_task", Labels: map[string]string{"location": "global", "namespace": "", "job": "j", "task_id": "t"}}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			emulator, client := connect(t, Options{Period: 5 * second})
			for _, one := range series {
				if _, err := client.CreateTimeSeries(t.Context(), request(one)); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(emulator.Accepted(0)); got != len(series) {
				t.Errorf("%d points were accepted, want %d", got, len(series))
			}
		})
	}
}

func TestPeriodZeroAcceptsEveryMillisecond(t *testing.T) {
	_, client := connect(t, Options{})
	for i := range 3 {
		series := gauge("web")
		series.Points[0].Interval.EndTime = timestamppb.New(noon.Add(time.Duration(i) * time.Millisecond))
		if _, err := client.CreateTimeSeries(t.Context(), request(series)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheRequestItselfIsJudged(t *testing.T) {
	many := make([]*monitoringpb.TimeSeries, 201)
	for i := range many {
		many[i] = gauge(strings.Repeat("w", i+1))
	}
	for name, test := range map[string]struct {
		request *monitoringpb.CreateTimeSeriesRequest
		code    codes.Code
	}{
		"200 series":        {request(many[:200]...), codes.OK},
		"201 series":        {request(many...), codes.InvalidArgument},
		"no series":         {request(), codes.InvalidArgument},
		"another project":   {&monitoringpb.CreateTimeSeriesRequest{Name: "projects/q", TimeSeries: many[:1]}, codes.NotFound},
		"no project":        {&monitoringpb.CreateTimeSeriesRequest{Name: "projects/", TimeSeries: many[:1]}, codes.InvalidArgument},
		"not a project":     {&monitoringpb.CreateTimeSeriesRequest{Name: "p", TimeSeries: many[:1]}, codes.InvalidArgument},
		"more than a name":  {&monitoringpb.CreateTimeSeriesRequest{Name: "projects/p/x", TimeSeries: many[:1]}, codes.InvalidArgument},
		"the right project": {request(many[0]), codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := connect(t, Options{Project: "p"})
			if _, err := client.CreateTimeSeries(t.Context(), test.request); status.Code(err) != test.code {
				t.Errorf("the answer is %v, want %v", err, test.code)
			}
		})
	}
}

// TestTextsOfThreeGenerations refuses the points 1 and 2 of four, and shows what is said of it.
func TestTextsOfThreeGenerations(t *testing.T) {
	const resource = `k8s_container{cluster_name:c, container_name:linkerd-proxy, location:europe-west4, namespace_name:n, pod_name:%, project_id:p}`
	for texts, want := range map[Texts]string{
		Texts2019: PartialPrefix + "Points must be written in order. One or more of the points specified had an older end time than the most recent point: timeSeries[1,2]",
		Texts2024: PartialPrefix + "Points must be written in order. One or more of the points specified had an older end time than the most recent point: " +
			strings.ReplaceAll(resource, "%", "web") + " timeSeries[0-3]: external.googleapis.com/prometheus/load{direction:b}",
		Texts2026: PartialPrefix + `timeSeries[0-3] (example metric.type="external.googleapis.com/prometheus/load", metric.labels={"direction": "b"}, ` +
			`resource.type="k8s_container", resource.labels={"cluster_name": "c", "container_name": "linkerd-proxy", "location": "europe-west4", ` +
			`"namespace_name": "n", "pod_name": "web", "project_id": "p"}): Monarch only accepted 2 of 4 points. Example error: ` +
			"Points must be written in order. One or more of the points specified had an older end time than the most recent point.",
	} {
		var all []*monitoringpb.TimeSeries
		for _, direction := range []string{"a", "b", "c", "d"} {
			series := gauge("web")
			series.Metric.Labels["direction"] = direction
			all = append(all, series)
		}
		_, client := connect(t, Options{Texts: texts})
		if _, err := client.CreateTimeSeries(t.Context(), request(all[1:3]...)); err != nil {
			t.Fatal(err)
		}
		_, err := client.CreateTimeSeries(t.Context(), request(all...))
		if diff := cmp.Diff(want, status.Convert(err).Message()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", texts, diff)
		}
		if hasSummary := len(status.Convert(err).Details()) == 1; hasSummary != (texts != Texts2019) {
			t.Errorf("%d: there is a summary: %v", texts, hasSummary)
		}
	}
}

func TestItForgetsTheOldest(t *testing.T) {
	emulator, client := connect(t, Options{MaxSeries: 2, MaxPoints: 4})
	for i := range 10 {
		series := gauge(strings.Repeat("w", i+1))
		if _, err := client.CreateTimeSeries(t.Context(), request(series)); err != nil {
			t.Fatal(err)
		}
	}
	if counts := emulator.Counts(); counts.Series != 2 || counts.Accepted != 10 {
		t.Errorf("counts are %+v, want 2 series and 10 points", counts)
	}
	if points := emulator.Accepted(0); len(points) > 5 || points[len(points)-1].Number != 9 {
		t.Errorf("%d points are remembered, the last one is number %d", len(points), points[len(points)-1].Number)
	}
	if got := emulator.Accepted(9); len(got) != 1 {
		t.Errorf("%d points from number 9 on, want 1", len(got))
	}
}

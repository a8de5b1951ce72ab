package gcmemulator

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/genproto/googleapis/api/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// get reads a page of the emulator.
func get(t *testing.T, emulator *Emulator, path string) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	emulator.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if recorder.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

func write(t *testing.T, client monitoringpb.MetricServiceClient, series ...*monitoringpb.TimeSeries) {
	t.Helper()
	for _, one := range series {
		if _, err := client.CreateTimeSeries(t.Context(), request(one)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePageShowsSeriesAndRefusals(t *testing.T) {
	emulator, client := connect(t, Options{})
	if empty := get(t, emulator, "/"); !strings.Contains(empty, "Nothing has been written yet.") {
		t.Errorf("the empty page: %s", empty)
	}
	for i := range 4 {
		series := counter("web", noon.Add(-time.Minute), noon.Add(time.Duration(i)*time.Second))
		series.Points[0].Value = double(float64(i * i))
		write(t, client, series)
	}
	bad := gauge("<script>")
	bad.Metric.Type = "<b>"
	if _, err := client.CreateTimeSeries(t.Context(), request(bad)); err == nil {
		t.Fatal("a bad metric type was accepted")
	}
	if err := emulator.SetFaults(Fault{Kind: Slow, DelayMilliseconds: 7}); err != nil {
		t.Fatal(err)
	}
	text := get(t, emulator, "/")
	for _, want := range []string{
		"external.googleapis.com/prometheus/requests_total", "pod_name=web", "direction=inbound", "CUMULATIVE", "<code>9</code>",
		"<polyline points=\"0.0,34.0 130.0,18.0 260.0,2.0\"/>", "from 0 to 5", "metric-type", "&lt;b&gt;", "Fault: <b>slow</b>, 7 ms", "4 points of 1 series",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "<script") || strings.Contains(text, "://cdn") || strings.Contains(text, "src=") {
		t.Error("the page has a script or something from elsewhere")
	}
}

func TestPointsAsJSON(t *testing.T) {
	emulator, client := connect(t, Options{})
	inf := gauge("web")
	inf.Points[0].Value = double(math.Inf(1))
	whole := gauge("web")
	whole.Metric.Type, whole.ValueType = "custom.googleapis.com/whole", metric.MetricDescriptor_INT64
	whole.Points[0].Value = &monitoringpb.TypedValue{Value: &monitoringpb.TypedValue_Int64Value{Int64Value: 5}}
	latency := histogram(&distribution.Distribution{Count: 2, Mean: 1.5, SumOfSquaredDeviation: 0.5, BucketOptions: explicit(1, 2), BucketCounts: []int64{1, 1}})
	growing := histogram(exponential(2, 2, 1))
	growing.Metric.Type = "custom.googleapis.com/growing"
	write(t, client, inf, whole, latency, growing)
	const resource = `"resource":"k8s_container","resourceLabels":{"cluster_name":"c","container_name":"linkerd-proxy",` +
		`"location":"europe-west4","namespace_name":"n","pod_name":"web","project_id":"p"},`
	want := strings.Join([]string{
		`{"number":0,"metric":"external.googleapis.com/prometheus/load","kind":"GAUGE","valueType":"DOUBLE","metricLabels":{"direction":"inbound"},` +
			resource + `"start":null,"end":1795780800000,"value":{"double":"+Inf"}}`,
		`{"number":1,"metric":"custom.googleapis.com/whole","kind":"GAUGE","valueType":"INT64","metricLabels":{"direction":"inbound"},` +
			resource + `"start":null,"end":1795780800000,"value":{"int64":5}}`,
		`{"number":2,"metric":"external.googleapis.com/prometheus/latency","kind":"CUMULATIVE","valueType":"DISTRIBUTION","metricLabels":{"direction":"inbound"},` +
			resource + `"start":1795780740000,"end":1795780800000,"value":{"distribution":{"count":2,"mean":1.5,"sumOfSquaredDeviation":0.5,"bounds":[1,2],"bucketCounts":[1,1]}}}`,
		`{"number":3,"metric":"custom.googleapis.com/growing","kind":"CUMULATIVE","valueType":"DISTRIBUTION","metricLabels":{"direction":"inbound"},` +
			resource + `"start":1795780740000,"end":1795780800000,"value":{"distribution":{"count":0,"mean":0,"sumOfSquaredDeviation":0,` +
			`"exponential":{"numFiniteBuckets":2,"growthFactor":2,"scale":1},"bucketCounts":null}}}`,
	}, "\n") + "\n"
	if diff := cmp.Diff(want, get(t, emulator, "/points")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	points, err := ReadPoints(strings.NewReader(want))
	var again strings.Builder
	for _, p := range points {
		if err := json.NewEncoder(&again).Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, again.String()); diff != "" || err != nil {
		t.Errorf("read again, error %v (-want +got):\n%s", err, diff)
	}
	if _, err := ReadPoints(strings.NewReader(want + "{")); err == nil {
		t.Error("half a point is read as if it were none")
	}
	if later := get(t, emulator, "/points?since=3"); strings.Count(later, "\n") != 1 || !strings.Contains(later, `"number":3`) {
		t.Errorf("from number 3 on: %s", later)
	}
	var counts Counts
	if err := json.Unmarshal([]byte(get(t, emulator, "/counts")), &counts); err != nil || counts != (Counts{Requests: 4, Accepted: 4, Series: 4}) {
		t.Errorf("counts are %+v, %v", counts, err)
	}
}

func TestListTimeSeries(t *testing.T) {
	_, client := connect(t, Options{})
	old := gauge("web")
	old.Points[0].Interval.EndTime = timestamppb.New(noon.Add(-time.Minute))
	older := gauge("web")
	older.Points[0].Interval.EndTime = timestamppb.New(noon.Add(-2 * time.Minute))
	write(t, client, older, old, gauge("web"), gauge("db"), counter("web", noon.Add(-time.Minute), noon))
	response, err := client.ListTimeSeries(t.Context(), &monitoringpb.ListTimeSeriesRequest{
		Name:     "projects/p",
		Filter:   `metric.type="external.googleapis.com/prometheus/load" AND resource.type = "k8s_container" resource.labels.pod_name="web" metric.label.direction="inbound"`,
		Interval: &monitoringpb.TimeInterval{StartTime: timestamppb.New(noon.Add(-time.Minute)), EndTime: timestamppb.New(noon)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := gauge("web")
	want.Points = append(want.Points, old.Points[0])
	if diff := cmp.Diff([]*monitoringpb.TimeSeries{want}, response.GetTimeSeries(), protocmp.Transform()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for filter, want := range map[string]codes.Code{
		`metric.type=starts_with("external.googleapis.com/")`: codes.OK,
		`metric.type != "a"`: codes.Unimplemented,
	} {
		response, err := client.ListTimeSeries(t.Context(), &monitoringpb.ListTimeSeriesRequest{Name: "projects/p", Filter: filter})
		if status.Code(err) != want || err == nil && len(response.GetTimeSeries()) != 3 {
			t.Errorf("%s: %d series, %v", filter, len(response.GetTimeSeries()), err)
		}
	}
}

func TestListMetricDescriptors(t *testing.T) {
	_, client := connect(t, Options{})
	more := gauge("db")
	more.Metric.Labels = map[string]string{"tls": "true"}
	write(t, client, gauge("web"), more, counter("web", noon.Add(-time.Minute), noon))
	response, err := client.ListMetricDescriptors(t.Context(), &monitoringpb.ListMetricDescriptorsRequest{
		Name: "projects/p", Filter: `metric.type="external.googleapis.com/prometheus/load"`,
	})
	if err != nil || len(response.GetMetricDescriptors()) != 1 {
		t.Fatalf("%v, %v", response, err)
	}
	got := response.GetMetricDescriptors()[0]
	if got.GetMetricKind() != metric.MetricDescriptor_GAUGE || got.GetValueType() != metric.MetricDescriptor_DOUBLE ||
		len(got.GetLabels()) != 2 || got.GetName() != "projects/p/metricDescriptors/external.googleapis.com/prometheus/load" {
		t.Errorf("the descriptor is %v", got)
	}
}

package check

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// sidecarMetrics is what the /metrics of Google's sidecar looks like.
const sidecarMetrics = `# TYPE prometheus_remote_storage_failed_samples_total counter
prometheus_remote_storage_failed_samples_total{queue="https://monitoring.googleapis.com:443/"} REFUSED
# TYPE prometheus_remote_storage_succeeded_samples_total counter
prometheus_remote_storage_succeeded_samples_total{queue="https://monitoring.googleapis.com:443/"} ACCEPTED
# TYPE prometheus_sidecar_dropped_series counter
prometheus_sidecar_dropped_series{reason="target_not_found"} DROPPED
# TYPE prometheus_sidecar_samples_processed counter
prometheus_sidecar_samples_processed READ
# TYPE prometheus_sidecar_samples_produced counter
prometheus_sidecar_samples_produced SENT
`

func metricsText(read, sent, accepted, refused, dropped string) string {
	return strings.NewReplacer("REFUSED", refused, "ACCEPTED", accepted, "DROPPED", dropped, "READ", read, "SENT", sent).Replace(sidecarMetrics)
}

// The pages of a pod, as the API server has them.
const (
	metricsPath = "/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy/metrics"
	statusPath  = "/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy/statusz.json"
)

// exportingPod is a pod whose sidecar has run for an hour.
func exportingPod(container string) *corev1.Pod {
	pod := prometheusPod(container)
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: container, Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Now().Add(-time.Hour))}},
	}}
	return pod
}

// reported is the page of an exporter that has exported something a moment ago, with
// changes.
func reported(t *testing.T, change func(*status.Report)) map[string]string {
	t.Helper()
	now := time.Now()
	r := status.Report{
		Now: now, Started: now.Add(-time.Hour), Ready: true, Healthy: true, Selected: 1,
		Log: status.Log{Samples: 1, Newest: now}, Google: status.Google{LastAccepted: now},
	}
	change(&r)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{statusPath: string(text)}
}

func TestExports(t *testing.T) {
	google, ours := []client.Object{askingNamespace(), exportingPod(stackdriver.Name)}, []client.Object{askingNamespace(), exportingPod("gcm-exporter")}
	states := map[string]state{
		"the exporter cannot be asked": {ours, nil, Options{}, notApplicable},
		"Google's cannot be asked":     {google, nil, Options{}, notApplicable},
		"it is somebody else's page":   {ours, map[string]string{statusPath: "{}"}, Options{}, notApplicable},
		"they are others' metrics":     {google, map[string]string{metricsPath: "up 1\n"}, Options{}, notApplicable},
		"the exporter exports":         {ours, reported(t, func(*status.Report) {}), Options{}, ""},
		"the exporter waits": {ours, reported(t, func(r *status.Report) { r.Google.LastAccepted, r.Google.Queue = r.Now.Add(-time.Hour), 3 }), Options{},
			"pod linkerd-viz/prometheus-1: Google accepted the last point 60m ago: 3 points wait for Google's answer; to do: look at the network"},
		"the exporter starts": {ours, reported(t, func(r *status.Report) { r.Google.LastAccepted, r.Started = time.Time{}, r.Now.Add(-time.Second) }), Options{},
			"started 1s ago, and Google has accepted nothing yet"},
	}
	for name, test := range map[string]struct{ text, want string }{
		"Google's exports":         {metricsText("100", "10", "10", "0", "0"), ""},
		"Google's drops some":      {metricsText("100", "10", "5", "5", "7"), ""},
		"Google's is refused":      {metricsText("100", "10", "0", "1e1", "7"), "Google has refused all 10 samples"},
		"Google's reaches nobody":  {metricsText("100", "10", "0", "0", "0"), "10 samples wait to be sent"},
		"Google's reads nothing":   {metricsText("0", "0", "0", "0", "0"), "it has read no samples"},
		"Google's drops all":       {metricsText("100", "0", "0", "0", "7"), "as target_not_found: No active target has"},
		"Google's selects nothing": {metricsText("100", "0", "0", "0", "0"), "no selector matches any"},
	} {
		states[name] = state{google, map[string]string{metricsPath: test.text}, Options{}, test.want}
	}
	runIn(t, exportsCheck, states)
}

// What starts is waited for; what somebody has to fix is not.
func TestOnlyAStartIsWaitedFor(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*status.Report)
		final  bool
	}{
		"starting": {func(r *status.Report) { r.Google.LastAccepted, r.Started = time.Time{}, r.Now }, false},
		"refused":  {func(r *status.Report) { r.Ready, r.NotReady, r.Google.LastAccepted = false, "no role", time.Time{} }, true},
	} {
		r := &runContext{cluster: clusterServing(t, reported(t, test.change), askingNamespace(), exportingPod("gcm-exporter"))}
		if err := sidecarsExport(t.Context(), r); err == nil || isFinal(err) != test.final {
			t.Errorf("%s: got %v, final %v", name, err, isFinal(err))
		}
	}
}

func TestCountsAreReadThroughTheAPIServer(t *testing.T) {
	pod := exportingPod(stackdriver.Name)
	r := &runContext{cluster: clusterServing(t, map[string]string{metricsPath: metricsText("4", "5", "2", "1", "3")}), now: time.Now()}
	got, err := r.exportOf(t.Context(), pod, &pod.Spec.Containers[1])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]status.Amount{{Name: "accepted", Count: 2}, {Name: "refused", Count: 1}, {Name: "waiting", Count: 2}}, got.Samples); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Name != "target_not_found" || got.Reasons[0].Count != 3 {
		t.Errorf("got %+v", got.Reasons)
	}
}

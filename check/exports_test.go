package check

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

// sidecarMetrics is what a sidecar's /metrics looks like.
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

func TestExports(t *testing.T) {
	for name, test := range map[string]struct {
		read, sent, accepted, refused, dropped string
		want                                   string
	}{
		"it exports":                 {"100", "10", "10", "0", "0", ""},
		"it exports, and drops some": {"100", "10", "5", "5", "7", ""},
		"Google refuses all":         {"100", "10", "0", "1e1", "7", "Google has refused all 10 samples"},
		"Google can't be reached":    {"100", "10", "0", "0", "0", "10 samples wait to be sent"},
		"it reads nothing":           {"0", "0", "0", "0", "0", "it has read no samples"},
		"it drops all":               {"100", "0", "0", "0", "7", "as target_not_found: No active target has"},
		"nothing is selected":        {"100", "0", "0", "0", "0", "no selector matches any"},
	} {
		t.Run(name, func(t *testing.T) {
			metrics := strings.NewReplacer("REFUSED", test.refused, "ACCEPTED", test.accepted, "DROPPED", test.dropped, "READ", test.read, "SENT", test.sent).Replace(sidecarMetrics)
			e, known := readExports(cluster.ParseMetrics(strings.NewReader(metrics)))
			if !known {
				t.Fatal("the metrics are not known")
			}
			got := e.judge()
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for name, text := range map[string]string{"no metrics": "", "no text": "{", "those of something else": "up 1\n"} {
		if e, known := readExports(cluster.ParseMetrics(strings.NewReader(text))); known {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}

func TestExportsAreReadThroughTheAPIServer(t *testing.T) {
	r := &runContext{cluster: clusterServing(t, map[string]string{"/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy/metrics": strings.NewReplacer(
		"REFUSED", "1", "ACCEPTED", "2", "DROPPED", "3", "READ", "4", "SENT", "5").Replace(sidecarMetrics)})}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus-1"}}
	got, known := r.exportsOf(t.Context(), pod)
	if !known || got.refused != 1 || got.accepted != 2 || got.dropped["target_not_found"] != 3 || got.read != 4 || got.sent != 5 {
		t.Errorf("got %+v, %v", got, known)
	}
	pod.Name = "of-somebody-else"
	if got, known := r.exportsOf(t.Context(), pod); known {
		t.Errorf("what may not be read is %+v", got)
	}
}

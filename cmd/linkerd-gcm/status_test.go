package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// exporting is what an API server says of a Prometheus with an exporter beside it, whose
// own handler answers through the proxy.
func exporting(accepted time.Time) http.Handler {
	report := func() status.Report {
		now := time.Now()
		return status.Report{Version: "v1.2.3", Now: now, Started: now.Add(-time.Hour), Ready: true, Healthy: true, Selected: 1,
			Log: status.Log{Samples: 1, Newest: now}, Google: status.Google{LastAccepted: accepted}}
	}
	const pod = "/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy"
	mux := http.NewServeMux()
	mux.Handle(pod+"/", http.StripPrefix(pod, status.Handler(report, status.Options{Page: true})))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api":
			_ = json.NewEncoder(w).Encode(metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
		case "/apis":
			_ = json.NewEncoder(w).Encode(metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}})
		case "/api/v1":
			_ = json.NewEncoder(w).Encode(metav1.APIResourceList{
				TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "v1",
				APIResources: []metav1.APIResource{{Name: "pods", Kind: "Pod", Namespaced: true, Verbs: metav1.Verbs{"get", "list"}}},
			})
		case "/api/v1/pods":
			_ = json.NewEncoder(w).Encode(corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: []corev1.Pod{{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus-1", Labels: viz.PrometheusLabels()},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "prometheus"}, {Name: "gcm-exporter"}}},
				Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{
					{Name: "gcm-exporter", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
				}},
			}}})
		default:
			refuse(w, metav1.StatusReasonForbidden, http.StatusForbidden, `pods is forbidden: User "jane" cannot list resource "pods"`)
		}
	})
	return mux
}

func TestStatus(t *testing.T) {
	for name, test := range map[string]struct {
		accepted time.Time
		args     []string
		code     int
		want     string
	}{
		"metrics arrive": {time.Now(), nil, 0, "√ metrics arrive: Google accepted the last point"},
		"they do not":    {time.Now().Add(-time.Hour), nil, 1, "× metrics do not arrive: Google accepted the last point 60m ago: no reason is known"},
		"it is not known, for the pods may not be listed": {time.Now(), []string{"-n", "other"}, 1, "‼ it is not known whether metrics arrive: listing pods"},
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := serve(t, exporting(test.accepted))
			got := execute("", append([]string{"status", "--kubeconfig=" + kubeconfig}, test.args...)...)
			if got.code != test.code || got.errOut != "" || !strings.HasPrefix(got.out, test.want) {
				t.Errorf("got %+v, want %d and %q", got, test.code, test.want)
			}
			got = execute("", append([]string{"status", "-o", "json", "--kubeconfig=" + kubeconfig}, test.args...)...)
			var seen exports.Overview
			if err := json.Unmarshal([]byte(got.out), &seen); err != nil || got.code != test.code || (seen.Arriving == exports.Arriving) != (test.code == 0) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// interrupted is an output that interrupts the program after some lines.
type interrupted struct {
	bytes.Buffer
	lines     int
	interrupt func()
}

func (i *interrupted) Write(p []byte) (int, error) {
	n, err := i.Buffer.Write(p)
	if bytes.Count(i.Bytes(), []byte("\n")) >= i.lines {
		i.interrupt()
	}
	return n, err
}

func TestStatusIsWatchedUntilItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &interrupted{lines: 2, interrupt: cancel}
	code := run(ctx, genericiooptions.IOStreams{In: os.Stdin, Out: out, ErrOut: os.Stderr},
		[]string{"status", "--watch", "--interval=1s", "-o", "json", "--kubeconfig=" + serve(t, exporting(time.Now()))})
	if lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"); code != 0 || len(lines) != 2 {
		t.Errorf("exit code %d, %q", code, lines)
	} else if first := (exports.Overview{}); json.Unmarshal([]byte(lines[0]), &first) != nil || first.Arriving != exports.Arriving {
		t.Errorf("got %s", lines[0])
	}
}

func TestStatusUsage(t *testing.T) {
	t.Setenv("KUBECONFIG", "none")
	t.Setenv("HOME", t.TempDir())
	for name, test := range map[string]struct {
		args []string
		want outcome
	}{
		"an unknown output": {[]string{"-o", "yaml"}, outcome{2, "", "linkerd-gcm: --output is \"yaml\": want table or json\n"}},
		"too often":         {[]string{"--watch", "--interval=1ms"}, outcome{2, "", "linkerd-gcm: --interval is 1ms: want 1s or more\n"}},
		"no cluster":        {nil, outcome{1, "", "linkerd-gcm: no cluster is known, since none does not exist: name a kubeconfig file with --kubeconfig or in $KUBECONFIG\n"}},
	} {
		if diff := cmp.Diff(test.want, execute("", append([]string{"status"}, test.args...)...), cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

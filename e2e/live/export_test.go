package live

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

// variants are those of linkerd-viz' charts, by version, that differ in where Prometheus
// writes, and in what its namespace allows. Each version is there, and each variant with
// the newest one.
var variants = map[string][]string{
	"stable-2.11.5":  {"default", "persistence"},
	"stable-2.14.10": {"walpath-sub", "cli-namespace-cni"},
	"version-2.17":   {"persistence", "cli-namespace-cni"},
	"version-2.20":   {"default", "persistence", "walpath-sub", "cli-namespace-cni"},
}

// recorded are the metrics that Google's sidecar sends for what the proxies of pods measure,
// with labels that they must have.
var recorded = map[string]map[string]string{
	"external.googleapis.com/prometheus/linkerd_job_svc_response_rate_sum_40s":   {"dst_service": "web", "status_code": "200"},
	"external.googleapis.com/prometheus/linkerd_job_svc_latency_ms_p50_40s":      {"dst_service": "web"},
	"external.googleapis.com/prometheus/linkerd_job_svc_latency_ms_p99_40s":      {"dst_service": "web"},
	"external.googleapis.com/prometheus/linkerd_job_response_count_increase_40s": {"classification": "success", "svc_app": "web"},
}

func TestPrometheusOfEveryChartExportsWhatProxiesMeasure(t *testing.T) {
	u := newUser(t)
	u.proxy("shop", "web")
	var all []viz
	for _, chart := range charts.Real(t, charts.Rendered) {
		if slices.Contains(variants[chart.Version], chart.Variant) {
			v := newViz(u, chart)
			v.deploy()
			all = append(all, v)
		}
	}
	if len(all) != 10 {
		t.Fatalf("%d charts were found, not 10", len(all))
	}
	for _, v := range all { // They have been starting together: the charts' probes wait half a minute.
		t.Run(v.chart.String(), func(t *testing.T) {
			v.user.T = t
			pod := v.prometheus("has both containers ready", ready)
			v.eventually("the sidecar has exported all metrics", func(ctx context.Context) error {
				return v.exports(ctx, pod)
			})
		})
	}
	u.checkGreen()
}

// exports succeeds once the sidecar has exported all metrics of the proxy's pod.
func (v viz) exports(ctx context.Context, pod *corev1.Pod) error {
	series, err := v.Series(ctx, pod)
	if err != nil {
		return err
	}
	for metric, labels := range recorded {
		if !slices.ContainsFunc(series, func(s kubeclient.Series) bool { return measured(s, metric, labels) }) {
			return fmt.Errorf("there is no series of %s with labels %v among these: %v", metric, labels, series)
		}
	}
	return nil
}

// measured says whether a series is the metric of the proxy's pod, with a value above
// zero.
func measured(s kubeclient.Series, metric string, labels map[string]string) bool {
	value, err := strconv.ParseFloat(s.Value, 64)
	if s.MetricType != metric || err != nil || !(value > 0) { // nor NaN
		return false
	}
	pod := map[string]string{"job": "linkerd-proxy", "namespace": "shop", "pod": "web"}
	for _, all := range []map[string]string{pod, labels} {
		for name, want := range all {
			if s.Labels[name] != want {
				return false
			}
		}
	}
	return true
}

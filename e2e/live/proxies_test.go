package live

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/images"
)

// proxyPort is where a proxy has its metrics.
const proxyPort = 4191

// proxy runs a pod with a proxy that counts requests to the service web in the namespace, in
// each direction, until it is still.
func (u user) proxy(namespace, name string) *corev1.Pod {
	u.Helper()
	var own string
	if namespace != metav1.NamespaceDefault {
		own = fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n---", namespace)
	}
	u.apply(fmt.Sprintf(`%[1]s
apiVersion: v1
kind: Pod
metadata:
  namespace: %[2]s
  name: %[3]s
  labels: {app: web, linkerd.io/control-plane-ns: linkerd, linkerd.io/proxy-deployment: web}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: linkerd-proxy
    image: %[4]s
    args: [--namespace=%[2]s]
    ports: [{name: linkerd-admin, containerPort: %[5]d}]
    readinessProbe: {httpGet: {path: /ready, port: %[5]d}, periodSeconds: 1}
`, own, namespace, name, u.Image(u.T, images.LinkerdProxy), proxyPort))
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// awaitReady waits until pods are ready.
func (u user) awaitReady(pods ...*corev1.Pod) {
	u.Helper()
	for _, pod := range pods {
		if err := kubeclient.Await(u.Context(), u.Cluster.Cluster, pod, "ready", isReady); err != nil {
			u.Fatal(err)
		}
	}
}

// totals are numbers of requests, and what latencies add up to, by what was counted.
type totals map[string]float64

// still lets proxies count nothing any more, and returns what they have counted in all.
func (u user) still(proxies ...*corev1.Pod) totals {
	u.Helper()
	all := totals{}
	for _, proxy := range proxies {
		if err := u.HTTPPut(u.Context(), proxy, proxyPort, "still", ""); err != nil {
			u.Fatal(err)
		}
		if err := u.count(u.Context(), proxy, all); err != nil {
			u.Fatal(err)
		}
	}
	return all
}

// count adds what a proxy has counted.
func (u user) count(ctx context.Context, proxy *corev1.Pod, all totals) error {
	text, err := u.HTTPGet(ctx, proxy, proxyPort, "metrics")
	if err != nil {
		return err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("reading the metrics of %s: %w", proxy.Name, err)
	}
	for _, metric := range families["response_total"].GetMetric() {
		if labels := labelsOf(metric); requested(labels) {
			all[responses(proxy.Name, labels["direction"], labels)] += metric.GetCounter().GetValue()
		}
	}
	for _, metric := range families["response_latency_ms"].GetMetric() {
		if labels := labelsOf(metric); requested(labels) {
			all.observe(proxy.Name, labels["direction"], metric.GetHistogram())
		}
	}
	return nil
}

// observe adds a histogram.
func (t totals) observe(pod, direction string, h *dto.Histogram) {
	t[latency(pod, direction, "count")] += float64(h.GetSampleCount())
	t[latency(pod, direction, "sum")] += h.GetSampleSum()
	for _, bucket := range h.GetBucket() {
		t[latency(pod, direction, fmt.Sprintf("at most %g", bucket.GetUpperBound()))] += float64(bucket.GetCumulativeCount())
	}
}

func labelsOf(metric *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, pair := range metric.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

// requested says whether somebody has asked for it: not Prometheus, nor the kubelet.
func requested(labels map[string]string) bool {
	return !strings.HasSuffix(labels["target_addr"], fmt.Sprintf(":%d", proxyPort)) && labels["route_name"] != "probe"
}

// responses names a number of responses.
func responses(pod, direction string, labels map[string]string) string {
	return fmt.Sprintf("%s: %s responses %s, %s", pod, direction, labels["status_code"], labels["classification"])
}

// latency names something about latencies.
func latency(pod, direction, what string) string {
	return fmt.Sprintf("%s: %s latency, %s", pod, direction, what)
}

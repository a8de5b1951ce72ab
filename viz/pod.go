package viz

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// PrometheusLabels are those of linkerd-viz' Prometheus: of its pods, its Deployment and
// its ReplicaSets.
func PrometheusLabels() map[string]string {
	return map[string]string{names.ExtensionLabel: names.VizExtension, "component": "prometheus"}
}

// IsPrometheus says whether a pod's labels are those of linkerd-viz' Prometheus.
// The labels of its namespace come too late: on a first Helm install they are
// set after the first pod is made.
func IsPrometheus(pod *corev1.Pod) bool {
	for label, value := range PrometheusLabels() {
		if pod.Labels[label] != value {
			return false
		}
	}
	return true
}

package viz

import corev1 "k8s.io/api/core/v1"

// IsPrometheus says whether a pod's labels are those of linkerd-viz' Prometheus.
// The labels of its namespace come too late: on a first Helm install they are
// set after the first pod is made.
func IsPrometheus(pod *corev1.Pod) bool {
	return pod.Labels["linkerd.io/extension"] == "viz" && pod.Labels["component"] == "prometheus"
}

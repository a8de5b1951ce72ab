package viz

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PrometheusPod returns a pod of Prometheus as the ReplicaSet of linkerd-viz makes it,
// with the least that an injection needs. Tests create it themselves.
func PrometheusPod(namespace string) *corev1.Pod {
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, GenerateName: "prometheus-",
			Labels: map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"},
		},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{
				Name: "prometheus", Image: "prom/prometheus:v2.55.1", Args: []string{"--storage.tsdb.path=/data"},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []corev1.Volume{{Name: "data"}},
		},
	}
}

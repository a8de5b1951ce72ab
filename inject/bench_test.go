package inject

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
)

// BenchmarkDecide measures a decision with the default configuration, without the
// three reads that it needs.
func BenchmarkDecide(b *testing.B) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{
				Name: "prometheus", Args: []string{"--storage.tsdb.path=/data"},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []corev1.Volume{{Name: "data"}},
		},
	}
	decider := Decider{Reader: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)}}
	for b.Loop() {
		d, err := decider.DecidePod(b.Context(), "linkerd-viz", pod)
		if err != nil || d.Outcome != Injected {
			b.Fatalf("%+v, %v", d, err)
		}
	}
}

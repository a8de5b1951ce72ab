package check

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var injectedCheck = Check{
	ID: "injected", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "Prometheus' pods carry the sidecar",
	Means:       "A pod was created before the namespace was annotated, while the injector could not be reached or could not decide (it was killed, or had too much to do), or while the configuration was wrong and `on-invalid` was `admit`.",
	Do:          "`kubectl -n linkerd-viz rollout restart deployment/prometheus`, once the other checks pass.",
	run:         podsAreInjected,
}

func podsAreInjected(ctx context.Context, r *runContext) error {
	return r.eachPod(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container != nil {
			return nil, nil
		}
		return []string{fmt.Sprintf("pod %s/%s has no sidecar: %s; run %s", v.Name, pod.Name, whyNotInjected(v, pod), restart(v))}, nil
	})
}

// whyNotInjected is why a pod was probably not injected.
func whyNotInjected(v cluster.VizNamespace, pod *corev1.Pod) string {
	if at, known := annotatedAt(v); known && pod.CreationTimestamp.Time.Before(at) {
		return "it is older than the annotation of its namespace"
	}
	if v.Annotations[settings.OnInvalidConfiguration] == string(settings.Admit) {
		return "the injector could not be reached, or could not decide, when it was made, or its configuration was wrong and on-invalid is admit"
	}
	return "the injector could not be reached, or could not decide, when it was made"
}

// annotatedAt returns when the annotation that asks for the sidecar was written, as far
// as the managed fields say: they have the time of the last change by the same writer.
func annotatedAt(v cluster.VizNamespace) (at time.Time, known bool) {
	for _, m := range v.ManagedFields {
		if m.FieldsV1 != nil && m.Time != nil && strings.Contains(m.FieldsV1.GetRawString(), `"f:`+settings.Inject+`"`) {
			return m.Time.Time, true
		}
	}
	return time.Time{}, false
}

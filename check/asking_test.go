package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestWhoAsks(t *testing.T) {
	enabled, disabled := map[string]string{settings.Inject: "enabled"}, map[string]string{settings.Inject: "disabled"}
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		want           bool
	}{
		"nobody":                             {nil, nil, false},
		"the namespace":                      {enabled, nil, true},
		"the pod":                            {nil, enabled, true},
		"the namespace, and the pod doesn't": {enabled, disabled, true},
		"the pod, and the namespace doesn't": {disabled, enabled, true},
	} {
		v := cluster.VizNamespace{
			PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Annotations: test.namespace}},
			Pods:                  []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Annotations: test.pod}}},
		}
		if got := asks(v); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// replicaSet is one of linkerd-viz' Prometheus whose pods cannot be created.
func replicaSet(status corev1.ConditionStatus) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus-1", Labels: viz.PrometheusLabels()},
		Status: appsv1.ReplicaSetStatus{Conditions: []appsv1.ReplicaSetCondition{
			{Type: appsv1.ReplicaSetReplicaFailure, Status: status, Message: "exceeded quota"},
		}},
	}
}

func TestPodsExist(t *testing.T) {
	runIn(t, podsCheck, map[string]state{
		"nobody asks":         {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-viz")}, want: notApplicable},
		"no pod":              {objects: []client.Object{askingNamespace()}, want: "namespace linkerd-viz has no pod labelled component=prometheus"},
		"a pod":               {objects: []client.Object{askingNamespace(), prometheusPod()}},
		"none can be created": {objects: []client.Object{askingNamespace(), replicaSet(corev1.ConditionTrue)}, want: "ReplicaSet linkerd-viz/prometheus-1 cannot create a pod: exceeded quota"},
		"a second one cannot": {objects: []client.Object{askingNamespace(), prometheusPod(), replicaSet(corev1.ConditionTrue)}, want: "exceeded quota"},
	})
}

func TestJudgeReplicaSets(t *testing.T) {
	want := []string{"ReplicaSet linkerd-viz/prometheus-1 cannot create a pod: exceeded quota"}
	got := judgeReplicaSets([]appsv1.ReplicaSet{{}, *replicaSet(corev1.ConditionFalse), *replicaSet(corev1.ConditionTrue)})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}

package check

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestJudgeDeployment(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*appsv1.Deployment)
		want   string
	}{
		"ready":                  {func(*appsv1.Deployment) {}, ""},
		"scaled to none":         {func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) }, "is scaled to 0 replicas"},
		"one replica by default": {func(d *appsv1.Deployment) { d.Spec.Replicas = nil }, ""},
		"not seen yet":           {func(d *appsv1.Deployment) { d.Generation = 8 }, "is being rolled out"},
		"half rolled out":        {func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }, "1 of 2 replicas are new"},
		"half ready":             {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }, "1 of 2 replicas of Deployment linkerd-gcm/gcm-injector are ready"},
		"refused by a quota": {func(d *appsv1.Deployment) {
			d.Status.UpdatedReplicas = 0
			d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"}}
		}, "exceeded quota"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector", Generation: 7},
				Spec:       appsv1.DeploymentSpec{Replicas: ptr.To[int32](2)},
				Status:     appsv1.DeploymentStatus{ObservedGeneration: 7, UpdatedReplicas: 2, AvailableReplicas: 2},
			}
			test.change(d)
			expect(t, test.want, judgeDeployment(d))
		})
	}
}

package check

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
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
		"none can be created": {objects: []client.Object{askingNamespace(), replicaSet(corev1.ConditionTrue)}, want: "ReplicaSet linkerd-viz/prometheus-1 has not created a pod for "},
		"a second one cannot": {objects: []client.Object{askingNamespace(), prometheusPod(), replicaSet(corev1.ConditionTrue)}, want: "exceeded quota"},
	})
}

func TestTheNewestFailureCounts(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	failing := func(name string, after time.Duration) appsv1.ReplicaSet {
		set := *replicaSet(corev1.ConditionTrue)
		set.Name, set.Status.Conditions[0].LastTransitionTime = name, metav1.NewTime(begin.Add(after))
		return set
	}
	got := newestFailure([]appsv1.ReplicaSet{{}, failing("older", 0), failing("newer", time.Minute), failing("oldest", -time.Minute), *replicaSet(corev1.ConditionFalse)})
	if got == nil || got.set.Name != "newer" {
		t.Errorf("got %+v", got)
	}
	if got := newestFailure([]appsv1.ReplicaSet{{}, *replicaSet(corev1.ConditionFalse)}); got != nil {
		t.Errorf("got %+v, want none", got)
	}
}

func TestJudgeReplicaSetFailure(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "p", errors.New(`admission webhook "gcm-injector.linkerd.io" denied the request: today's reason`))
	for name, test := range map[string]struct {
		next cluster.DryRun
		want string
	}{
		"still refused": {
			cluster.DryRun{Err: refused},
			`ReplicaSet linkerd-viz/prometheus-1 has not created a pod for 4m, and the next one would be refused, too: pods "p" is forbidden: admission webhook "gcm-injector.linkerd.io" denied the request: today's reason`,
		},
		"fixed": {
			cluster.DryRun{Pod: &corev1.Pod{}},
			"ReplicaSet linkerd-viz/prometheus-1 has not created a pod for 4m, but the next one would not be refused: it tries again by itself within a quarter of an hour, or run RESTART now",
		},
		"nobody knows": {
			cluster.DryRun{},
			"ReplicaSet linkerd-viz/prometheus-1 has not created a pod for 4m; the reason was: exceeded quota; once that is fixed, it tries again by itself within a quarter of an hour, or run RESTART now",
		},
	} {
		f := replicaSetFailure{*replicaSet(corev1.ConditionTrue), begin, "exceeded quota"}
		if diff := cmp.Diff(test.want, f.judge(test.next, "RESTART", begin.Add(4*time.Minute))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

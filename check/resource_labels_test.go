package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestJudgeResourceLabels(t *testing.T) {
	namespace := map[string]string{settings.Location: "here"}
	v := cluster.VizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "v", Annotations: namespace}}}
	expect(t, "run kubectl annotate namespace v gcm.linkerd.io/cluster-name=MY-CLUSTER, then kubectl -n v rollout restart", joinLines(judgeResourceLabels(v)))
	v.Pods = []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{settings.ClusterName: "c"}}}}
	expect(t, "", joinLines(judgeResourceLabels(v)))
}

package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestJudgeLocation(t *testing.T) {
	nodes := []metav1.PartialObjectMetadata{
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelTopologyRegion: "us-central1", corev1.LabelTopologyZone: "us-central1-a"}}},
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelTopologyRegion: "us-central1", corev1.LabelTopologyZone: "us-central1-b"}}},
	}
	for location, want := range map[string]string{
		"us-central1": "", "us-central1-b": "", "": "",
		"europe-west4": "the nodes are in us-central1, us-central1-a, us-central1-b",
	} {
		v := cluster.VizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "v", Annotations: map[string]string{settings.Location: location}}}}
		if location == "" {
			v.Annotations = nil
		}
		expect(t, want, joinLines(judgeLocation(v, nodes)))
		expect(t, "", joinLines(judgeLocation(v, nil)))
	}
}

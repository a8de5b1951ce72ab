package webhook

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

// recorded is the last event that was recorded.
type recorded struct {
	kind, name, eventType, reason, note string
}

// Eventf implements events.EventRecorder.
func (r *recorded) Eventf(about, _ runtime.Object, eventType, reason, _, _ string, args ...any) {
	reference := about.(*corev1.ObjectReference)
	*r = recorded{reference.Kind, reference.Name, eventType, reason, args[0].(string)}
}

func TestOwnerEvents(t *testing.T) {
	ownedBy := func(kind, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: "viz", Name: "prometheus-1", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: kind, Name: name, Controller: ptr.To(true)},
		}}
	}
	set := &appsv1.ReplicaSet{ObjectMeta: ownedBy("Deployment", "prometheus")}
	owners := fake.NewClientBuilder().WithObjects(set).Build()
	injected := inject.Decision{Outcome: inject.Injected, Reason: inject.Complete}
	for name, test := range map[string]struct {
		pod      metav1.ObjectMeta
		decision inject.Decision
		want     recorded
	}{
		"the Deployment behind a ReplicaSet": {
			pod: ownedBy("ReplicaSet", "prometheus-1"), decision: injected,
			want: recorded{"Deployment", "prometheus", "Normal", "Injected", "the pod exports to Google Cloud Monitoring"},
		},
		"a ReplicaSet that cannot be read": {
			pod: ownedBy("ReplicaSet", "other"), decision: injected,
			want: recorded{"ReplicaSet", "other", "Normal", "Injected", "the pod exports to Google Cloud Monitoring"},
		},
		"problems before warnings": {
			pod:      ownedBy("StatefulSet", "prometheus"),
			decision: inject.Decision{Outcome: inject.Denied, Problems: []string{"a", "b"}, Warnings: []string{"c"}},
			want:     recorded{"StatefulSet", "prometheus", "Warning", "InjectionRefused", "the pod is refused; a; b; c"},
		},
		"a sidecar that is there already": {
			pod: ownedBy("StatefulSet", "prometheus"), decision: inject.Decision{Outcome: inject.Skipped, Reason: inject.SidecarPresent},
			want: recorded{"StatefulSet", "prometheus", "Normal", "InjectionSkipped", "the pod already has a sidecar that was not injected, and is not changed"},
		},
		"a pod that asks for nothing": {
			pod: ownedBy("StatefulSet", "prometheus"), decision: inject.Decision{Outcome: inject.Skipped, Reason: inject.NotAnnotated},
		},
		"a pod without an owner": {decision: injected},
		"more than an event holds": {
			pod:      ownedBy("StatefulSet", "prometheus"),
			decision: inject.Decision{Outcome: inject.Injected, Warnings: []string{strings.Repeat("x", 2*maxNote)}},
			want: recorded{"StatefulSet", "prometheus", "Normal", "Injected",
				("the pod exports to Google Cloud Monitoring; " + strings.Repeat("x", maxNote))[:maxNote-len("…")] + "…"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got recorded
			OwnerEvents{Reader: owners, Recorder: &got}.Announce(t.Context(), "viz", &corev1.Pod{ObjectMeta: test.pod}, test.decision)
			if got != test.want {
				t.Errorf("want %+v, got %+v", test.want, got)
			}
		})
	}
}

package webhook

import (
	"context"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// maxNote is how long an event's note may be in bytes (k8s.io/kubernetes,
// pkg/apis/core/validation/events.go).
const maxNote = 1024

// An announcement is the event that an outcome makes. Outcomes without one are
// nobody's news.
type announcement struct {
	reason, kind, text string
}

var announcements = map[inject.Outcome]announcement{
	inject.Injected: {"Injected", corev1.EventTypeNormal, "the pod exports to Google Cloud Monitoring"},
	inject.Denied:   {"InjectionRefused", corev1.EventTypeWarning, "the pod is refused"},
	inject.Bypassed: {"InjectionBypassed", corev1.EventTypeWarning, "the pod starts without the sidecar"},
	inject.Failed:   {"InjectionFailed", corev1.EventTypeWarning, "the pod starts without the sidecar"},
}

// skipped is announced where somebody asked for a sidecar and had one already.
var skipped = announcement{"InjectionSkipped", corev1.EventTypeNormal,
	"the pod has a stackdriver-prometheus-sidecar of its own and is left as it is"}

// OwnerEvents records events on the owner of a pod, since the pod itself does
// not exist yet, and never will where it is refused.
type OwnerEvents struct {
	Reader   client.Reader
	Recorder events.EventRecorder
}

// Announce implements EventSink.
func (e OwnerEvents) Announce(ctx context.Context, namespace string, pod *corev1.Pod, d inject.Decision) {
	a, newsworthy := announcements[d.Outcome]
	if d.Reason == inject.SidecarPresent {
		a, newsworthy = skipped, true
	}
	owner := metav1.GetControllerOf(pod)
	if !newsworthy || owner == nil {
		return
	}
	note := strings.Join(append(append([]string{a.text}, d.Problems...), d.Warnings...), "; ")
	e.Recorder.Eventf(e.root(ctx, namespace, owner), nil, a.kind, a.reason, "Inject", "%s", excerpt.Bytes(note, maxNote))
}

// root returns the Deployment behind a ReplicaSet, or the owner itself.
func (e OwnerEvents) root(ctx context.Context, namespace string, owner *metav1.OwnerReference) *corev1.ObjectReference {
	if owner.Kind == "ReplicaSet" {
		set := &metav1.PartialObjectMetadata{}
		set.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))
		err := e.Reader.Get(ctx, types.NamespacedName{Namespace: namespace, Name: owner.Name}, set)
		if err != nil {
			log.FromContext(ctx).Error(err, "Reading the owner of the pod's ReplicaSet; the event goes to the ReplicaSet", "replicaSet", owner.Name)
		} else if above := metav1.GetControllerOf(set); above != nil {
			owner = above
		}
	}
	return &corev1.ObjectReference{
		APIVersion: owner.APIVersion,
		Kind:       owner.Kind,
		Namespace:  namespace,
		Name:       owner.Name,
		UID:        owner.UID,
	}
}

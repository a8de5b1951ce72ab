package webhook

import (
	"context"
	"slices"
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

// maxNote is the longest note of an event, in bytes (k8s.io/kubernetes,
// pkg/apis/core/validation/events.go).
const maxNote = 1024

// A podEvent is what an event says of a decision.
type podEvent struct {
	reason, kind, text string
}

// podEvents has no event for the outcomes that nobody asked for.
var podEvents = map[inject.Outcome]podEvent{
	inject.Injected: {"Injected", corev1.EventTypeNormal, "the pod exports to Google Cloud Monitoring"},
	inject.Denied:   {"InjectionRefused", corev1.EventTypeWarning, "the pod is refused"},
	inject.Bypassed: {"InjectionBypassed", corev1.EventTypeWarning, "the pod starts without the sidecar"},
	inject.Failed:   {"InjectionFailed", corev1.EventTypeWarning, "the pod starts without the sidecar"},
}

// skippedEvent is for a pod that asks for a sidecar and already has one.
var skippedEvent = podEvent{"InjectionSkipped", corev1.EventTypeNormal,
	"the pod already has a sidecar that was not injected, and is not changed"}

// eventFor returns the event of a decision, if it makes one.
func eventFor(d inject.Decision) (event podEvent, found bool) {
	if d.Reason == inject.SidecarPresent {
		return skippedEvent, true
	}
	event, found = podEvents[d.Outcome]
	return event, found
}

// OwnerEvents records events on the owner of a pod: the pod itself does not exist yet,
// and never will if it is refused.
type OwnerEvents struct {
	Reader   client.Reader
	Recorder events.EventRecorder
}

// Announce implements EventSink.
func (e OwnerEvents) Announce(ctx context.Context, namespace string, pod *corev1.Pod, d inject.Decision) {
	event, found := eventFor(d)
	owner := metav1.GetControllerOf(pod)
	if !found || owner == nil {
		return
	}
	note := strings.Join(slices.Concat([]string{event.text}, d.Problems, d.Warnings), "; ")
	e.Recorder.Eventf(e.root(ctx, namespace, owner), nil, event.kind, event.reason, "Inject", "%s", excerpt.Bytes(note, maxNote))
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

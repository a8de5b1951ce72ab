package injection

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestOnlyAllowedImagesAreInjected has an injector with a list of images, and a namespace
// that names another one, from before the list.
func TestOnlyAllowedImagesAreInjected(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	gcm.Stop()
	if err := gcm.Restart(t.Context(), "--allowed-sidecar-images=registry.example.com/team/"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		gcm.Stop()
		if err := gcm.Restart(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	const says = "the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/"
	if err := kubernetes.Create(t.Context(), n.prometheus(nil)); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("a pod with an image from before the list: %v", err)
	}
	u := newUser(t)
	if err := annotating(settings.SidecarImage, "registry.example.com/team/sidecar:1")(n, u, false); err != nil {
		t.Errorf("an image of the list: %v", err)
	}
	if err := annotating(settings.SidecarImage, "registry.example.com/team-evil/sidecar:1")(n, u, false); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("another image: %v", err)
	}
	pod := n.prometheus(nil)
	n.create(pod)
	if !slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Image == "registry.example.com/team/sidecar:1" }) {
		t.Errorf("the pod was not injected; its containers are %v", pod.Spec.Containers)
	}
}

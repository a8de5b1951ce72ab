package e2e

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"
)

// The webhook configurations have the same name in the whole cluster, so these tests do
// not run in parallel with others.
func TestManifestsApplyTwiceInAnyOrder(t *testing.T) {
	orders := map[string]func([]*unstructured.Unstructured){
		"as rendered": func([]*unstructured.Unstructured) {},
		"backwards":   slices.Reverse[[]*unstructured.Unstructured],
		"shuffled": func(objects []*unstructured.Unstructured) {
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		},
	}
	provided := manifestVariants(t)["provided"]["providedCertificate"].(map[string]any)
	caBundle := []byte(provided["caBundle"].(string))
	for name, reorder := range orders {
		for variant, values := range map[string]map[string]any{"fail open": nil, "fail closed": {"failurePolicy": "Fail"}} {
			t.Run(name+", "+variant, func(t *testing.T) {
				namespace := fmt.Sprintf("apply-%d", rand.Uint32())
				objects := renderObjects(t, namespace, values)
				strict := strictClient(t)
				removeAtEnd(t, strict, objects...)
				reorder(objects)
				applyUntilThere(t, strict, objects)
				awaitPods(t, namespace, 2)
				writeCABundles(t, strict, objects, caBundle)
				before := current(t, strict, objects)
				applyAll(t, strict, objects)
				if diff := cmp.Diff(before, current(t, strict, objects)); diff != "" {
					t.Errorf("applying again changes something:\n%s", diff)
				}
			})
		}
	}
}

// applyUntilThere applies the objects until all exist, as a person would: objects that
// come before their Namespace need a second time.
func applyUntilThere(t *testing.T, to runtimeclient.Client, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if err := apply(t, to, object); err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
	applyAll(t, to, objects)
}

func applyAll(t *testing.T, to runtimeclient.Client, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if err := apply(t, to, object); err != nil {
			t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
}

// awaitPods waits until the Deployment has created its pods, so Pod Security in the
// namespace allows them.
func awaitPods(t *testing.T, namespace string, want int) {
	t.Helper()
	eventually(t, func() error {
		pods, err := client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "component=gcm-injector"})
		if err != nil {
			t.Fatal(err)
		}
		if len(pods.Items) != want {
			return fmt.Errorf("%d pods in %s, want %d%s", len(pods.Items), namespace, want, eventsOf(t, namespace))
		}
		return nil
	})
}

func eventsOf(t *testing.T, namespace string) string {
	t.Helper()
	events, err := client.CoreV1().Events(namespace).List(t.Context(), metav1.ListOptions{FieldSelector: "type=" + corev1.EventTypeWarning})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, event := range events.Items {
		text += "\n" + event.Reason + ": " + event.Message
	}
	return text
}

// writeCABundles does what the elected injector does.
func writeCABundles(t *testing.T, to runtimeclient.Client, objects []*unstructured.Unstructured, bundle []byte) {
	t.Helper()
	for _, object := range objects {
		if _, isConfiguration := object.Object["webhooks"]; !isConfiguration {
			continue
		}
		live := liveObject(t, to, object)
		webhooks, _, err := unstructured.NestedSlice(live.Object, "webhooks")
		if err != nil {
			t.Fatal(err)
		}
		for _, webhook := range webhooks {
			if err := unstructured.SetNestedField(webhook.(map[string]any), base64.StdEncoding.EncodeToString(bundle), "clientConfig", "caBundle"); err != nil {
				t.Fatal(err)
			}
		}
		if err := unstructured.SetNestedSlice(live.Object, webhooks, "webhooks"); err != nil {
			t.Fatal(err)
		}
		if err := to.Update(t.Context(), live, runtimeclient.FieldOwner("gcm-injector")); err != nil {
			t.Fatal(err)
		}
	}
}

// current reads the objects, without the fields that change by themselves.
func current(t *testing.T, from runtimeclient.Client, objects []*unstructured.Unstructured) map[string]any {
	t.Helper()
	found := map[string]any{}
	for _, object := range objects {
		live := liveObject(t, from, object)
		for _, path := range [][]string{{"status"}, {"metadata", "resourceVersion"}, {"metadata", "managedFields"}, {"metadata", "annotations", "deployment.kubernetes.io/revision"}} {
			unstructured.RemoveNestedField(live.Object, path...)
		}
		found[live.GetKind()+" "+live.GetName()] = live.Object
	}
	return found
}

func liveObject(t *testing.T, from runtimeclient.Client, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(object.GroupVersionKind())
	if err := from.Get(t.Context(), runtimeclient.ObjectKeyFromObject(object), live); err != nil {
		t.Fatal(err)
	}
	return live
}

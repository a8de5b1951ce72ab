package injection

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestFirstInstallIsInjectedBeforeTheNamespaceHasItsLabel(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	pod := n.upgrade(nil)
	if diff := cmp.Diff([]string{"prometheus", injected}, containers(pod)); diff != "" {
		t.Fatalf("containers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"data", "gcm-recording-rules", "gcm-sidecar-config", "prometheus-config"}, volumes(pod)); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	var record patches.Record
	if err := json.Unmarshal([]byte(pod.Annotations[settings.Status]), &record); err != nil {
		t.Fatalf("the record: %v", err)
	}
	if diff := cmp.Diff([]string{"/etc/prometheus/recording_rules.yml"}, record.Mounts); diff != "" {
		t.Errorf("the record's mounts (-want +got):\n%s", diff)
	}
	n.awaitEvent("Deployment/prometheus Normal Injected", "exports to Google Cloud Monitoring")
}

func TestAnnotationsBetweenUpgrades(t *testing.T) {
	n := newNamespace(t, nil)
	if pod := n.upgrade(nil); len(pod.Spec.Containers) != 1 {
		t.Fatalf("before the annotations: %v", containers(pod))
	}
	for _, location := range []string{"us-central1", "europe-west4-b"} {
		n.annotate(annotations(settings.Location, location))
		pod := n.upgrade(map[string]any{"prometheus": map[string]any{"podAnnotations": map[string]any{"upgraded-for": location}}})
		if want := "--stackdriver.kubernetes.location=" + location; !slices.Contains(argsOf(pod), want) {
			t.Errorf("want the flag %s, got %v", want, argsOf(pod))
		}
	}
	n.annotate(nil)
	if pod := n.upgrade(map[string]any{"podAnnotations": map[string]any{"upgraded-for": "nothing"}}); len(pod.Spec.Containers) != 1 {
		t.Errorf("after the annotations: %v", containers(pod))
	}
}

func TestPodAnnotationsWin(t *testing.T) {
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		want           []string
	}{
		"a value": {
			namespace: annotations(settings.SidecarLogLevel, "debug"),
			pod:       map[string]string{settings.SidecarLogLevel: "error"},
			want:      []string{"prometheus", injected},
		},
		"opting out": {
			namespace: annotations(settings.SidecarLogLevel, "error"),
			pod:       map[string]string{settings.Inject: "disabled"},
			want:      []string{"prometheus"},
		},
		"opting in": {
			namespace: annotations(settings.Inject, "disabled", settings.SidecarLogLevel, "error"),
			pod:       map[string]string{settings.Inject: "enabled"},
			want:      []string{"prometheus", injected},
		},
		"everything on the pod": {
			pod:  annotations(settings.SidecarLogLevel, "error"),
			want: []string{"prometheus", injected},
		},
		"disabled by the namespace": {
			namespace: annotations(settings.Inject, "disabled"),
			want:      []string{"prometheus"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNamespace(t, nil)
			n.annotate(test.namespace)
			onPod := map[string]any{}
			for key, value := range test.pod {
				onPod[key] = value
			}
			pod := n.upgrade(map[string]any{"prometheus": map[string]any{"podAnnotations": onPod}})
			if diff := cmp.Diff(test.want, containers(pod)); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
			if len(test.want) == 2 && !slices.Contains(argsOf(pod), "--log.level=error") {
				t.Errorf("want --log.level=error, got %v", argsOf(pod))
			}
		})
	}
}

func TestStorage(t *testing.T) {
	for name, persistence := range map[string]bool{"emptyDir": false, "a claim, with strategy Recreate": true} {
		t.Run(name, func(t *testing.T) {
			n := newNamespace(t, nil)
			n.annotate(annotations())
			values := map[string]any{"prometheus": map[string]any{"persistence": persistence}}
			n.upgrade(values)
			values["podAnnotations"] = map[string]any{"again": "yes"}
			pod := n.upgrade(values)
			if diff := cmp.Diff(mounted(pod, "prometheus", "/data"), mounted(pod, injected, "/data")); diff != "" {
				t.Errorf("what is mounted at /data (-prometheus +sidecar):\n%s", diff)
			}
			if persistence {
				n.await("the old pod to go", func() bool { return len(n.pods()) == 1 })
			}
		})
	}
}

// mounted returns the name of the volume that a container mounts at a path.
func mounted(pod *corev1.Pod, container, path string) string {
	for _, c := range pod.Spec.Containers {
		for _, m := range c.VolumeMounts {
			if c.Name == container && m.MountPath == path {
				return m.Name
			}
		}
	}
	return "nothing"
}

func TestDeletedPodComesBackInjected(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	first := n.upgrade(nil)
	before := n.pods()
	if err := kubernetes.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"prometheus", injected}, containers(n.awaitNewPod(before))); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
}

func TestMistakeIsRefusedWhereTheOwnerShowsIt(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	n.helm(map[string]any{"podAnnotations": map[string]any{settings.ProjectID: "My Project"}})
	const problem = `annotation gcm.linkerd.io/project-id of the pod is "My Project"`
	n.awaitEvent("Deployment/prometheus Warning InjectionRefused", problem)
	n.awaitEvent("ReplicaSet/prometheus-", "FailedCreate")
	if event := n.awaitEvent("ReplicaSet/prometheus-", problem); !strings.Contains(event, "gcm-injector.linkerd.io") {
		t.Errorf("the event does not name the webhook: %s", event)
	}
	if pods := n.pods(); len(pods) > 0 {
		t.Errorf("a pod was created: %v", pods)
	}
}

func TestMistakeIsRefusedWhenItIsMade(t *testing.T) {
	n := newNamespace(t, nil)
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	mistake := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"gcm.linkerd.io/inject":"on"}}}`))
	err := kubernetes.Patch(t.Context(), object, mistake)
	if err == nil || !strings.Contains(err.Error(), `annotation gcm.linkerd.io/inject of the namespace is "on": want enabled or disabled`) {
		t.Errorf("want a refusal that names the annotation, got %v", err)
	}
}

func TestMistakeIsAdmittedOnRequest(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations(settings.ProjectID, "My Project", settings.OnInvalidConfiguration, "admit"))
	if diff := cmp.Diff([]string{"prometheus"}, containers(n.upgrade(nil))); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	n.awaitEvent("Deployment/prometheus Warning InjectionBypassed", `is "My Project"`)
}

func TestStoppedInjectorDoesNotStopPrometheus(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	gcm.Stop()
	pod := n.upgrade(nil)
	if err := gcm.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"prometheus"}, containers(pod)); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	n.restart()
	before := map[string]corev1.Pod{pod.Name: *pod}
	if diff := cmp.Diff([]string{"prometheus", injected}, containers(n.awaitNewPod(before))); diff != "" {
		t.Errorf("containers after a restart (-want +got):\n%s", diff)
	}
}

// restart does what kubectl rollout restart does.
func (n namespace) restart() {
	n.Helper()
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: n.name, Name: "prometheus"}}
	if err := kubernetes.Get(n.Context(), client.ObjectKeyFromObject(deployment), deployment); err != nil {
		n.Fatal(err)
	}
	original := client.MergeFrom(deployment.DeepCopy())
	deployment.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "now"
	if err := kubernetes.Patch(n.Context(), deployment, original); err != nil {
		n.Fatal(err)
	}
}

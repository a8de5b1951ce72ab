package check

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const image = "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"

// annotations are the smallest set with which a pod is injected.
var annotations = map[string]string{
	settings.Inject: "enabled", settings.ProjectID: "my-project",
	settings.Location: "us-central1", settings.ClusterName: "my-cluster",
}

const recordingRules = `groups:
- name: linkerd
  rules:
  - record: linkerd_job:request_rate:sum
    expr: sum by (job, instance) (rate(request_total{direction="inbound"}[1m]))
`

const sidecarConfig = `metric_renames:
- from: linkerd_job:request_rate:sum
  to: linkerd_request_rate
`

// stage is a namespace of linkerd-viz, which is deleted when the test ends.
type stage struct {
	*testing.T

	name string
	// pod is Prometheus'.
	pod *corev1.Pod
}

// healthy installs linkerd-gcm and a linkerd-viz whose Prometheus exports.
func healthy(t *testing.T, name string) stage {
	t.Helper()
	s := installed(t, name)
	s.annotate(annotations)
	s.pod = s.upgrade("the first time")
	return s
}

// installed installs linkerd-gcm and an empty namespace with ConfigMaps.
func installed(t *testing.T, name string) stage {
	t.Helper()
	install(t)
	s := stage{T: t, name: name}
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"linkerd.io/extension": "viz"}}})
	t.Cleanup(func() { s.remove(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}) })
	for configMap, data := range map[string]map[string]string{
		settings.DefaultRulesConfigMap:   {"recording_rules.yml": recordingRules},
		settings.DefaultSidecarConfigMap: {"sidecar.yml": sidecarConfig},
	} {
		s.create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: configMap, Namespace: name}, Data: data})
	}
	s.await("the default service account", func() error {
		return kubernetes.Get(s.Context(), client.ObjectKey{Namespace: name, Name: "default"}, &corev1.ServiceAccount{})
	})
	return s
}

// install applies everything that a user would, with webhooks that point to the injector
// outside the cluster, and makes the pods of the Deployment ready, although nothing runs
// in them.
func install(t *testing.T) {
	t.Helper()
	s := stage{T: t, name: manifests.DefaultNamespace}
	s.apply(manifests.Options{Version: "dev", Values: map[string]any{"sidecarImage": image}}, "")
	s.apply(manifests.Options{Version: "dev", Values: map[string]any{"webhookURL": "https://" + gcm.WebhookAddress()}}, "WebhookConfiguration")
	s.awaitInjectors()
	s.await("the API server to call the injector", func() error {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "default", Name: "is-the-injector-called", Labels: map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"},
				Annotations: map[string]string{settings.Inject: "misspelt"},
			},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "none", Image: "none"}}},
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "is-called", Annotations: map[string]string{settings.Inject: "misspelt"}}}
		for _, object := range []client.Object{pod, namespace} {
			if err := kubernetes.Create(t.Context(), object, client.DryRunAll); err == nil {
				return fmt.Errorf("%T is not refused", object)
			}
		}
		return nil
	})
}

// awaitInjectors makes the pods of the injector's Deployment ready, although nothing runs
// in them.
func (s stage) awaitInjectors() {
	s.Helper()
	namespace := stage{T: s.T, name: manifests.DefaultNamespace}
	s.await("the injector's pods", func() error {
		pods, err := kubernetes.Pods(s.Context(), namespace.name, map[string]string{"component": "gcm-injector"})
		if err != nil || len(pods) < 2 {
			return fmt.Errorf("there are %d: %w", len(pods), err)
		}
		for _, pod := range pods {
			namespace.run(&pod)
		}
		var d appsv1.Deployment
		if err := kubernetes.Get(s.Context(), client.ObjectKey{Namespace: namespace.name, Name: "gcm-injector"}, &d); err != nil {
			return err
		}
		if d.Status.AvailableReplicas != 2 || d.Status.UpdatedReplicas != 2 || d.Status.ObservedGeneration != d.Generation {
			return fmt.Errorf("status %+v", d.Status)
		}
		return nil
	})
}

// apply applies the chart's documents that contain a text; where it is "", all
// but the webhook configurations, which point to a Service without an injector.
func (s stage) apply(options manifests.Options, with string) {
	s.Helper()
	rendered, err := manifests.Render(options)
	if err != nil {
		s.Fatal(err)
	}
	var documents []string
	for _, document := range strings.Split(string(rendered), "---\n") {
		if with == "" && !strings.Contains(document, "WebhookConfiguration") || with != "" && strings.Contains(document, with) {
			documents = append(documents, document)
		}
	}
	if _, err := kubernetes.ApplyYAML(s.Context(), strings.Join(documents, "---\n")); err != nil {
		s.Fatal(err)
	}
}

func (s stage) create(object client.Object) {
	s.Helper()
	if err := kubernetes.Create(s.Context(), object); err != nil {
		s.Fatalf("creating %s: %v", object.GetName(), err)
	}
}

// afterwards is a context that is still valid after the test, for cleaning up.
func (s stage) afterwards() context.Context { return context.WithoutCancel(s.Context()) }

// remove deletes what a test has made, when the test is over.
func (s stage) remove(object client.Object) {
	if err := kubernetes.Delete(s.afterwards(), object); err != nil && !apierrors.IsNotFound(err) {
		s.Errorf("deleting %s: %v", object.GetName(), err)
	}
}

// change reads an object, changes it, and writes it back.
func change[T client.Object](s stage, namespace, name string, object T, how func(T)) {
	s.Helper()
	if err := kubernetes.Get(s.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		s.Fatal(err)
	}
	before := object.DeepCopyObject().(T)
	how(object)
	if err := kubernetes.Patch(s.Context(), object, client.MergeFrom(before)); err != nil {
		s.Fatalf("changing %s: %v", name, err)
	}
}

func (s stage) annotate(annotations map[string]string) {
	s.Helper()
	change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { n.Annotations = annotations })
}

// annotateUnchecked changes an annotation of the namespace while no injector is asked about
// namespaces, as if it were older than the injector.
func (s stage) annotateUnchecked(key, value string) {
	s.Helper()
	change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) {
		n.Labels["config.linkerd.io/admission-webhooks"] = "disabled"
	})
	change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { n.Annotations[key] = value })
	change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) {
		delete(n.Labels, "config.linkerd.io/admission-webhooks")
	})
}

// awaitRefusal waits until a ReplicaSet could not create a pod, so often that it waits for some
// seconds before it tries again: it doubles the time each time, from 5 ms on
// (k8s.io/client-go, util/workqueue). Until then, nothing is made in a moment without webhooks.
func (s stage) awaitRefusal() {
	s.Helper()
	const enough = 9
	s.await("the refusal", func() error {
		var events corev1.EventList
		if err := kubernetes.List(s.Context(), &events, client.InNamespace(s.name)); err != nil {
			return err
		}
		refused := 0
		for _, event := range events.Items {
			if event.Reason == "FailedCreate" {
				refused += int(event.Count)
			}
		}
		if refused < enough {
			return fmt.Errorf("%d of %d refusals", refused, enough)
		}
		return nil
	})
}

// upgrade installs Prometheus, or replaces its pod for a reason, and returns the pod,
// which runs.
func (s stage) upgrade(reason string) *corev1.Pod {
	s.Helper()
	s.helm(reason)
	var found *corev1.Pod
	s.await("a pod made for "+reason, func() error {
		pods, err := kubernetes.Pods(s.Context(), s.name, map[string]string{"component": "prometheus"})
		if err != nil {
			return err
		}
		for _, pod := range pods {
			if pod.Annotations["made-for"] == reason {
				s.run(&pod)
				found = &pod
			}
		}
		if found == nil || len(pods) != 1 {
			return fmt.Errorf("there are %d pods", len(pods))
		}
		return nil
	})
	return found
}

func (s stage) helm(reason string) {
	s.Helper()
	values := map[string]any{"podAnnotations": map[string]any{"made-for": reason}}
	if err := viz.Upgrade(s.Context(), kubernetes.Kubeconfig, s.name, values); err != nil {
		s.Fatal(err)
	}
}

// run writes the status of a pod whose containers all run.
func (s stage) run(pod *corev1.Pod, changes ...func(*corev1.ContainerStatus)) {
	s.Helper()
	now := metav1.Now()
	before := pod.DeepCopy()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.ContainerStatuses = nil
	for _, c := range pod.Spec.Containers {
		status := corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		}
		for _, change := range changes {
			change(&status)
		}
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, status)
	}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: now}}
	if err := kubernetes.Status().Patch(s.Context(), pod, client.MergeFrom(before)); client.IgnoreNotFound(err) != nil {
		s.Fatalf("writing the status of pod %s: %v", pod.Name, err)
	}
}

// await waits until there is no error, for a minute at most, because the machine may be
// busy.
func (s stage) await(what string, missing func() error) {
	s.Helper()
	deadline := time.After(time.Minute)
	for {
		err := missing()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			s.Fatalf("waited a minute for %s: %v", what, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

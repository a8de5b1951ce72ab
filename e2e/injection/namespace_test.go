package injection

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	image    = "registry.example.com/stackdriver-prometheus-sidecar:0.10.1"
	injected = "stackdriver-prometheus-sidecar"
)

// annotations are the smallest set with which a pod is injected, and more.
func annotations(more ...string) map[string]string {
	all := map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.SidecarImage: image,
		settings.Location: "us-central1", settings.ClusterName: "my-cluster",
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// namespace is a namespace for linkerd-viz, which no other test uses.
type namespace struct {
	*testing.T
	name string
}

// newNamespace makes a namespace that has ConfigMaps but neither annotations
// nor linkerd-viz' label, which Helm sets after the first pod.
func newNamespace(t *testing.T, labels map[string]string) namespace {
	t.Helper()
	n := namespace{t, "viz-" + randomName()}
	n.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name, Labels: labels}})
	for name, data := range map[string]map[string]string{
		settings.DefaultRulesConfigMap:   {"recording_rules.yml": recordingRules},
		settings.DefaultSidecarConfigMap: {"sidecar.yml": sidecarConfig},
	} {
		n.create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: n.name}, Data: data})
	}
	n.awaitServiceAccount()
	return n
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

func (n namespace) create(object client.Object) {
	n.Helper()
	if err := kubernetes.Create(n.Context(), object); err != nil {
		n.Fatalf("creating %s: %v", object.GetName(), err)
	}
}

// annotate replaces all annotations of the namespace.
func (n namespace) annotate(annotations map[string]string) {
	n.Helper()
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	if err := kubernetes.Get(n.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		n.Fatal(err)
	}
	object.Annotations = annotations
	if err := kubernetes.Update(n.Context(), object); err != nil {
		n.Fatalf("annotating the namespace: %v", err)
	}
}

// upgrade installs or upgrades the chart, and returns the pod that this creates.
func (n namespace) upgrade(values map[string]any) *corev1.Pod {
	n.Helper()
	before := n.pods()
	n.helm(values)
	return n.awaitNewPod(before)
}

func (n namespace) helm(values map[string]any) {
	n.Helper()
	if err := viz.Upgrade(n.Context(), kubernetes.Kubeconfig, n.name, values); err != nil {
		n.Fatal(err)
	}
}

// pods returns the pods of Prometheus by name.
func (n namespace) pods() map[string]corev1.Pod {
	n.Helper()
	list, err := kubernetes.Pods(n.Context(), n.name, map[string]string{"component": "prometheus"})
	if err != nil {
		n.Fatal(err)
	}
	pods := map[string]corev1.Pod{}
	for _, pod := range list {
		pods[pod.Name] = pod
	}
	return pods
}

func (n namespace) awaitNewPod(before map[string]corev1.Pod) *corev1.Pod {
	n.Helper()
	var found *corev1.Pod
	n.await("a new pod", func() bool {
		for name, pod := range n.pods() {
			if _, old := before[name]; !old {
				found = &pod
			}
		}
		return found != nil
	})
	return found
}

func (n namespace) awaitServiceAccount() {
	n.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: n.name, Name: "default"}}
	n.await("the default service account", func() bool {
		return kubernetes.Get(n.Context(), client.ObjectKeyFromObject(account), account) == nil
	})
}

// prometheus is a pod of Prometheus with a change, to create directly.
func (n namespace) prometheus(change func(*corev1.Pod)) *corev1.Pod {
	pod := viz.PrometheusPod(n.name)
	if change != nil {
		change(pod)
	}
	return pod
}

func containers(pod *corev1.Pod) []string {
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	return names
}

func argsOf(pod *corev1.Pod) []string {
	for _, c := range pod.Spec.Containers {
		if c.Name == injected {
			return c.Args
		}
	}
	return nil
}

func volumes(pod *corev1.Pod) []string {
	names := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		names[v.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

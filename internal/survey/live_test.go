package survey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// countingReader counts how often each object or list is read.
type countingReader struct {
	client.Reader
	// mutex guards reads: ConfigMaps are read side by side.
	mutex sync.Mutex
	reads map[string]int
}

func (c *countingReader) count(what string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.reads[what]++
}

func (c *countingReader) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	c.count(fmt.Sprintf("%T %s", object, key.Name))
	return c.Reader.Get(ctx, key, object, options...)
}

func (c *countingReader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	c.count(fmt.Sprintf("%T", list))
	return c.Reader.List(ctx, list, options...)
}

var prometheusLabels = map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}

func deployment(name string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "viz", Name: name}}
	d.Spec.Template.Labels = prometheusLabels
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "prometheus"}}
	return d
}

func pod(name string, phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "viz", Name: name, Labels: prometheusLabels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "prometheus"}}},
		Status:     corev1.PodStatus{Phase: phase},
	}
}

func TestEachObjectIsReadOnce(t *testing.T) {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "viz", Annotations: map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project",
	}}}
	for name, test := range map[string]struct {
		objects      []client.Object
		reads, kinds []string
	}{
		"two Deployments, and a pod of one": {
			[]client.Object{deployment("a"), deployment("b"), pod("a-1", corev1.PodRunning)},
			[]string{
				"*v1.ConfigMap linkerd-prometheus-recording-rules", "*v1.ConfigMap linkerd-prometheus-sidecar-config", "*v1.ConfigMap prometheus-config",
				"*v1.DeploymentList", "*v1.Namespace viz",
			},
			[]string{"Namespace viz", "Deployment a", "Deployment b"},
		},
		"pods, one of which has ended": {
			[]client.Object{pod("p", corev1.PodRunning), pod("q", corev1.PodSucceeded)},
			[]string{
				"*v1.ConfigMap linkerd-prometheus-recording-rules", "*v1.ConfigMap linkerd-prometheus-sidecar-config", "*v1.ConfigMap prometheus-config",
				"*v1.DeploymentList", "*v1.Namespace viz", "*v1.PodList",
			},
			[]string{"Namespace viz", "Pod p"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := &countingReader{Reader: fake.NewClientBuilder().WithObjects(append(test.objects, namespace)...).Build(), reads: map[string]int{}}
			n := NewLiveNamespace(reader, "viz", nil)
			result, err := n.Check(t.Context(), settings.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range result.Findings {
				if slices.Contains(result.Findings[:i], f) {
					t.Errorf("%s is found again", f)
				}
			}
			if _, err := n.Deployments(t.Context()); err != nil {
				t.Error(err)
			}
			var kinds []string
			for _, o := range result.Objects {
				kinds = append(kinds, o.Kind+" "+o.Name)
			}
			if diff := cmp.Diff(test.kinds, kinds); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.reads, slices.Sorted(maps.Keys(reader.reads))); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
			for what, count := range reader.reads {
				if count > 1 {
					t.Errorf("%s is read %d times", what, count)
				}
			}
		})
	}
}

package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestTwentyPodsAtOnce(t *testing.T) {
	n := newNamespace(t)
	atOnce(20, func(i int) { n.wantInjected(fmt.Sprint("pod ", i+1), n.create(really)) })
}

func TestThirtyReplicasAtOnce(t *testing.T) {
	n := newNamespace(t)
	const replicas = 30
	pod := n.prometheus()
	meta := metav1.ObjectMeta{Namespace: n.name, Name: "prometheus"}
	n.make(&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
		Replicas: ptr.To[int32](0), Selector: &metav1.LabelSelector{MatchLabels: pod.Labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec},
	}})
	before := &appsv1.Deployment{ObjectMeta: meta}
	after := before.DeepCopy()
	after.Spec.Replicas = ptr.To[int32](replicas)
	if err := kubernetes.Patch(t.Context(), after, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	n.await("all replicas", func() error {
		pods, err := kubernetes.Pods(t.Context(), n.name, pod.Labels)
		if err == nil && len(pods) < replicas {
			err = fmt.Errorf("%d pods", len(pods))
		}
		return err
	})
	pods, err := kubernetes.Pods(t.Context(), n.name, pod.Labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range pods {
		n.wantInjected(pod.Name, created{pod: pod})
	}
}

// TestAThousandPodsAtOnce creates more pods than can be decided about in time. Whoever
// creates one that starts without the sidecar is told so. How long a busy API server
// waits for an answer is not the injector's to say, so here it waits longer than usual.
func TestAThousandPodsAtOnce(t *testing.T) {
	n := newNamespace(t)
	n.patience(30)
	limitMemory(t, gcm)
	var mutex sync.Mutex
	var complete, warned int
	atOnce(1000, func(i int) {
		c := n.create(dryRun)
		mutex.Lock()
		defer mutex.Unlock()
		switch {
		case c.injected():
			complete++
		case c.warned("without the sidecar"):
			warned++
		default:
			t.Errorf("pod %d is silently not injected: %s", i+1, c)
		}
	})
	t.Logf("%d pods were injected, %d not, with a warning", complete, warned)
	n.wantInjected("the next", n.create(dryRun))
}

// patience sets the webhook's timeout until the test ends. A balancer of its own shows
// when the API server has taken notice.
func (n namespace) patience(seconds int) {
	n.Helper()
	patient, err := newBalancer(n.Context())
	if err != nil {
		n.Fatal(err)
	}
	patient.prefer(gcm)
	set := func(ctx context.Context, called *balancer, seconds int) {
		configuration := &admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-gcm-webhook-config"}}
		patch := fmt.Sprintf(`[{"op":"replace","path":"/webhooks/0/timeoutSeconds","value":%d},`+
			`{"op":"replace","path":"/webhooks/0/clientConfig/url","value":"https://%s/mutate-pods"}]`, seconds, called.address())
		if err := kubernetes.Patch(ctx, configuration, client.RawPatch(types.JSONPatchType, []byte(patch))); err != nil {
			n.Fatal(err)
		}
	}
	set(n.Context(), patient, seconds)
	n.Cleanup(func() {
		set(context.WithoutCancel(n.Context()), service, 5)
		patient.prefer()
		patient.close()
		call(n.T, gcm)
	})
	n.await("the API server to know the timeout", func() error {
		n.create(dryRun)
		return unless(patient.used(), "it does not")
	})
}

// TestDryRunsElsewhereStarveNobody has somebody create pods in a namespace that asks for
// nothing, 24 at a time, until ten pods of another namespace were created.
func TestDryRunsElsewhereStarveNobody(t *testing.T) {
	n, other := newNamespace(t), newSilentNamespace(t)
	var enough atomic.Bool
	var group sync.WaitGroup
	started := make(chan struct{}, 24)
	for range cap(started) {
		group.Go(func() {
			for first := true; !enough.Load(); first = false {
				c := other.create(dryRun)
				if c.err != nil || c.injected() || len(c.warnings) > 0 {
					t.Errorf("in the namespace that asks for nothing: %s", c)
				}
				if first {
					started <- struct{}{}
				}
			}
		})
	}
	for range cap(started) {
		<-started
	}
	atOnce(10, func(i int) { n.wantInjected(fmt.Sprint("pod ", i+1), n.create(really)) })
	enough.Store(true)
	group.Wait()
}

package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	vizchart "github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// newest returns the newest chart, with which the injector's upgrades and failures are
// tested.
func newest(t *testing.T) charts.File {
	t.Helper()
	return chartOf(t, "version-2.20/default")
}

func TestNoPodIsMissedWhileTheInjectorIsRolledOut(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	next := v.Injector(t, "linkerd-gcm-next") // takes a while
	stream := v.stream()
	v.install(next)
	stream.expectNoneMissed()
}

func TestNoPodIsMissedWhileTheCertificatesChange(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	before := v.authority()
	stream := v.stream()
	v.kubectl("", "--namespace="+manifests.DefaultNamespace, "delete", "secret", "gcm-injector-ca")
	v.eventually("there is another certificate authority", func(ctx context.Context) error {
		var secret corev1.Secret
		if err := v.Get(ctx, authorityKey, &secret); err != nil {
			return err
		}
		if now := string(secret.Data[corev1.TLSCertKey]); now == before {
			return fmt.Errorf("it is still the earlier one")
		}
		return nil
	})
	v.awaitCheck("√ the webhook configurations trust the injector's certificate")
	stream.expectNoneMissed()
}

func TestOneInjectorServesWhileTheOtherIsKilled(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	killed := v.injectors()[0]
	v.kubectl("", "--namespace="+killed.Namespace, "delete", "pod", killed.Name, "--grace-period=0", "--force")
	v.eventually("the node has noticed", v.injectsAll) // and sends nothing to the killed one
	stream := v.stream()
	v.awaitReplicas(2)
	stream.expectNoneMissed()
}

func TestPrometheusStartsWithoutAnInjectorAndGetsTheSidecarLater(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	v.scale(0)
	v.deploy()
	v.prometheus("runs without the sidecar", withoutSidecar)
	v.awaitCheck("× the injector is ready", "× Prometheus' pods carry the sidecar",
		"kubectl -n "+v.namespace+" rollout restart deployment/prometheus")

	v.scale(2)
	v.eventually("pods are injected", v.injects)
	v.restart()
	v.prometheus("runs with the sidecar", withSidecar)
}

func TestCheckFindsPodsWithAnEarlierConfiguration(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	v.deploy()
	v.prometheus("runs with the sidecar", withSidecar)
	v.awaitCheck("√ the sidecars run with the configuration as it is now")
	v.generate("--percentile=95") // other metrics, so both ConfigMaps change
	v.awaitCheck("‼ the sidecars run with the configuration as it is now", "linkerd-prometheus-recording-rules/recording_rules.yml",
		"kubectl -n "+v.namespace+" rollout restart deployment/prometheus")
}

func TestPodsSurviveARestartOfTheKubelet(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	if v.Node == nil {
		t.Skip("this is not a node of this machine: its kubelet cannot be restarted from here")
	}
	v.deploy()
	before := v.prometheus("runs with the sidecar", withSidecar)
	if err := v.Node.Restart(t.Context(), programs.Kubelet); err != nil {
		t.Fatal(err)
	}
	after := v.prometheus("has both containers ready", ready)
	if diff := cmp.Diff(containers(before), containers(after)); diff != "" {
		t.Errorf("containers (-before +after):\n%s", diff)
	}
	v.eventually("pods are injected", v.injects)
}

func TestUninstallLeavesRunningPodsAloneAndBlocksNothing(t *testing.T) {
	v := newViz(newUser(t), newest(t))
	v.deploy()
	before := v.prometheus("runs with the sidecar", withSidecar)
	v.kubectl(v.linkerdGCM("uninstall"), "delete", "-f", "-")
	after := v.prometheus("runs with the sidecar", withSidecar)
	if diff := cmp.Diff(containers(before), containers(after)); diff != "" {
		t.Errorf("containers (-before +after):\n%s", diff)
	}
	// What the validator would have refused is admitted now, and pods are created without
	// the webhook.
	v.kubectl("", "annotate", "namespace", v.namespace, "--overwrite", "gcm.linkerd.io/include={")
	v.restart()
	v.prometheus("runs without the sidecar", withoutSidecar)
	v.kubectl("", "--namespace="+v.namespace, "delete", "configmap", "linkerd-prometheus-recording-rules")
}

// authorityKey names the Secret with the injector's own certificate authority.
var authorityKey = client.ObjectKey{Namespace: manifests.DefaultNamespace, Name: "gcm-injector-ca"}

// authority returns its certificate.
func (u user) authority() string {
	u.Helper()
	var secret corev1.Secret
	if err := u.Get(u.Context(), authorityKey, &secret); err != nil {
		u.Fatal(err)
	}
	return string(secret.Data[corev1.TLSCertKey])
}

// scale runs this many replicas of the injector, and returns when the Service routes to
// them alone.
func (u user) scale(replicas int) {
	u.Helper()
	u.kubectl("", "--namespace="+manifests.DefaultNamespace, "scale", "deployment/"+injector, fmt.Sprintf("--replicas=%d", replicas))
	u.awaitReplicas(replicas)
}

// restart replaces Prometheus' pod.
func (v viz) restart() {
	v.Helper()
	v.kubectl("", "--namespace="+v.namespace, "rollout", "restart", "deployment/prometheus")
}

// injects succeeds when a new pod of Prometheus would carry the sidecar.
func (v viz) injects(ctx context.Context) error {
	pod := vizchart.PrometheusPod(v.namespace)
	if err := v.Create(ctx, pod, client.DryRunAll); err != nil {
		return err
	}
	for _, container := range pod.Spec.Containers {
		if container.Name == stackdriver.Name {
			return nil
		}
	}
	return fmt.Errorf("a pod was created without the sidecar")
}

// injectsAll succeeds when each of many pods would carry the sidecar.
func (v viz) injectsAll(ctx context.Context) error {
	const many = 200 // takes longer than a node needs to route past a pod
	for n := range many {
		if err := v.injects(ctx); err != nil {
			return fmt.Errorf("of %d pods, number %d: %w", many, n+1, err)
		}
	}
	return nil
}

// stream creates pods in dry-runs, one after the other.
type stream struct {
	viz
	stop    context.CancelFunc
	done    chan struct{}
	begin   time.Time
	created atomic.Int32
	missed  []string // when and why pods were created without the sidecar; read it when done
}

// stream begins to create pods.
func (v viz) stream() *stream {
	v.Helper()
	ctx, cancel := context.WithCancel(v.Context())
	s := &stream{viz: v, stop: cancel, done: make(chan struct{}), begin: time.Now()}
	go func() {
		defer close(s.done)
		for ctx.Err() == nil {
			if err := v.injects(ctx); err != nil && ctx.Err() == nil {
				s.missed = append(s.missed, fmt.Sprintf("after %s: %v", time.Since(s.begin).Round(time.Millisecond), err))
			}
			s.created.Add(1)
		}
	}()
	return s
}

// expectNoneMissed ends the stream, after some more pods, and expects that all have the
// sidecar.
func (s *stream) expectNoneMissed() {
	s.Helper()
	const more = 50
	until := s.created.Load() + more
	s.eventually("more pods are created", func(context.Context) error {
		if created := s.created.Load(); created < until {
			return fmt.Errorf("%d of %d", created, until)
		}
		return nil
	})
	s.stop()
	<-s.done
	s.Logf("%d pods were created in %s", s.created.Load(), time.Since(s.begin).Round(time.Second))
	if len(s.missed) > 0 {
		s.Errorf("%d pods were created without the sidecar: %s", len(s.missed), s.missed[:min(5, len(s.missed))])
	}
}

// containers describes each container of a pod, with what changes when it is restarted.
func containers(pod *corev1.Pod) []string {
	var all []string
	for _, status := range pod.Status.ContainerStatuses {
		all = append(all, fmt.Sprintf("%s %s, %d restarts", status.Name, status.ContainerID, status.RestartCount))
	}
	return all
}

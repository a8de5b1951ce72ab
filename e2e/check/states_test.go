package check

import (
	"errors"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestStates compares what check says of a cluster in each state with golden files.
func TestStates(t *testing.T) {
	for name, test := range map[string]struct {
		arrange func(s stage)
		code    int
		user    string // with this role; an administrator where it is empty
	}{
		"healthy": {arrange: func(stage) {}},
		// A user who may only read gets warnings where that is not enough.
		"read-only-user":    {arrange: func(stage) {}, user: "view"},
		"user-without-role": {arrange: func(stage) {}, user: noRole},
		"not-injected":      {arrange: notInjected, code: 1},
		"expired":           {arrange: provided(-90*24*time.Hour, -time.Hour), code: 1},
		"not-renewed":       {arrange: provided(-90*time.Hour, 10*time.Hour), code: 1},
		"of-another-ca":     {arrange: otherCA, code: 1},
		"without-ca-bundle": {arrange: withoutCABundle, code: 1},
		"cert-manager":      {arrange: withCertManager, code: 1},
		"crash-looping":     {arrange: func(s stage) { s.run(s.pod, crashLooping) }, code: 1},
		"restarted":         {arrange: func(s stage) { s.run(s.pod, restarted) }},
		"half-installed": {arrange: func(s stage) {
			s.remove(&admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-gcm-webhook-config"}})
			s.remove(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: manifests.DefaultNamespace, Name: "gcm-injector"}})
			s.apply(manifests.Options{}, "kind: ValidatingWebhookConfiguration")
		}, code: 1},
		"unlabelled": {arrange: func(s stage) {
			change(s, "", manifests.DefaultNamespace, &corev1.Namespace{}, func(n *corev1.Namespace) {
				for _, label := range []string{"linkerd.io/extension", "pod-security.kubernetes.io/enforce"} {
					delete(n.Labels, label)
				}
			})
		}, code: 1},
		"un-annotated": {arrange: func(s stage) { s.annotate(nil) }},
		"stale": {arrange: func(s stage) {
			change(s, s.name, settings.DefaultSidecarConfigMap, &corev1.ConfigMap{}, func(c *corev1.ConfigMap) {
				c.Data["sidecar.yml"] = "# changed\n" + sidecarConfig
			})
		}},
		"stale-annotations": {arrange: func(s stage) {
			change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { n.Annotations[settings.ClusterName] = "another-cluster" })
		}},
		"stale-configmap-name": {arrange: func(s stage) {
			mine := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "mine"}, Data: map[string]string{"sidecar.yml": sidecarConfig}}
			s.create(mine)
			change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { n.Annotations[settings.SidecarConfig] = "mine" })
		}},
		"location-mars": {arrange: func(s stage) {
			change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { n.Annotations[settings.Location] = "mars" })
			s.pod = s.upgrade("another location")
		}},
		"without-a-configmap": {arrange: func(s stage) {
			s.remove(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: settings.DefaultSidecarConfigMap}})
		}, code: 1},
		"refused": {arrange: func(s stage) {
			s.remove(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: settings.DefaultSidecarConfigMap}})
			s.helm("a pod that is refused")
			s.awaitRefusal()
		}, code: 1},
		"unreachable-and-failing-closed": {arrange: func(s stage) {
			stopInjector(s)
			s.apply(manifests.Options{Version: "dev", Values: map[string]any{
				"webhookURL": "https://" + gcm.WebhookAddress(), "failurePolicy": "Fail",
			}}, "WebhookConfiguration")
		}, code: 1},
		"foreign-sidecar": {arrange: func(s stage) {
			pod := s.pod.DeepCopy()
			pod.ObjectMeta = metav1.ObjectMeta{Namespace: s.name, Name: "by-hand", Labels: map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}}
			pod.Status = corev1.PodStatus{}
			s.create(pod)
			s.run(pod)
		}},
		"off-gke": {arrange: func(s stage) {
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "a-node"}}
			s.create(node)
			s.Cleanup(func() { s.remove(node) })
			change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) { delete(n.Annotations, settings.ClusterName) })
			s.pod = s.upgrade("a pod without the annotation")
		}, code: 1},
		"of-an-older-version": {arrange: func(s stage) {
			change(s, s.name, s.pod.Name, &corev1.Pod{}, func(p *corev1.Pod) {
				p.Annotations[settings.Status] = strings.Replace(p.Annotations[settings.Status], `"version":"dev"`, `"version":"v0.0.9"`, 1)
			})
		}},
		"mislabelled": {arrange: func(s stage) {
			change(s, manifests.DefaultNamespace, "gcm-injector", &appsv1.Deployment{}, func(d *appsv1.Deployment) {
				d.Labels["app.kubernetes.io/version"] = "5d11d99"
			})
			s.awaitInjectors()
		}},
		"two-namespaces": {arrange: func(s stage) {
			other := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-gcm-2", Labels: map[string]string{"linkerd.io/extension": "gcm"}}}
			s.create(other)
			s.Cleanup(func() { s.remove(other) })
		}},
		"kept-away": {arrange: func(s stage) {
			change(s, "", s.name, &corev1.Namespace{}, func(n *corev1.Namespace) {
				n.Labels["config.linkerd.io/admission-webhooks"] = "disabled"
			})
		}, code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := healthy(t, "viz-"+name)
			test.arrange(s)
			kubeconfig := kubernetes.Kubeconfig
			if test.user != "" {
				kubeconfig = user(s, test.user)
			}
			golden(t, kubeconfig, test.code, "--wait=0s")
		})
	}
}

func crashLooping(s *corev1.ContainerStatus) {
	if s.Name != "stackdriver-prometheus-sidecar" {
		return
	}
	s.Ready, s.RestartCount = false, 7
	s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 5m0s"}}
	s.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2, Reason: "Error"}}
}

// startedBeforePrometheus is what the sidecar does until there is a write-ahead log.
func startedBeforePrometheus(s *corev1.ContainerStatus) {
	if crashLooping(s); s.LastTerminationState.Terminated != nil {
		s.LastTerminationState.Terminated.ExitCode = 1
	}
}

func restarted(s *corev1.ContainerStatus) {
	if s.Name != "stackdriver-prometheus-sidecar" {
		return
	}
	s.RestartCount = 1
	s.LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}}
}

// notInjected gives the namespace a pod that is older than its annotation.
func notInjected(s stage) {
	s.annotate(nil)
	pod := s.upgrade("a time before the annotation")
	s.await("a second to pass", func() error {
		if time.Since(pod.CreationTimestamp.Time) < 2*time.Second {
			return errors.New("it has not")
		}
		return nil
	})
	s.annotate(annotations)
}

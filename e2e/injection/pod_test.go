package injection

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
)

func TestOtherPodsNeverReachTheInjector(t *testing.T) {
	before, err := gcm.Admissions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		n := newNamespace(t, map[string]string{"linkerd.io/extension": "viz"})
		n.annotate(annotations())
		for j := range 50 {
			n.create(n.prometheus(func(p *corev1.Pod) {
				p.GenerateName = fmt.Sprintf("other-%d-%d-", i, j)
				p.Labels["component"] = []string{"tap", "web", "prometheus-operator", "metrics-api"}[i]
			}))
		}
	}
	after, err := gcm.Admissions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after != before {
		t.Errorf("the injector was asked about %v of 200 pods that do not concern it", after-before)
	}
}

// TestCharts creates the pods of charts on the API server, in a namespace
// that enforces Pod Security restricted where the pod passes that by itself.
func TestCharts(t *testing.T) {
	// Pods with a sidecar of their own, and those to which no sidecar can be added; see
	// package patches.
	untouched := []string{"manual", "manual-always-lower", "manual-ha-persistence", "sidecar-example"}
	refused := map[string]string{
		"rules-only":    "mounts volume \"recording-rules\" at /etc/prometheus/recording_rules.yml already",
		"walpath":       "/prometheus-data/wal of container \"prometheus\" is not on a volume",
		"walpath-unset": "relative to a working directory that only the image knows",
	}
	charts.Each(t, charts.Pod, func(t *testing.T, file charts.File) {
		variant := file.Variant
		raw := file.Read(t)
		n := restrictedWherePossible(t, raw)
		pod, err := n.createRaw(raw)
		var got []string
		if err == nil {
			got = containers(pod)
		}
		switch {
		case refused[variant] != "":
			if err == nil || !strings.Contains(err.Error(), refused[variant]) {
				t.Errorf("want a refusal that says %s, got %v, containers %v", refused[variant], err, got)
			}
		case variant == "manual-always-lower":
			if err == nil || !strings.Contains(err.Error(), `Unsupported value: "always"`) {
				t.Errorf("want the API server's own refusal, got %v", err)
			}
		case err != nil:
			t.Error(err)
		case slices.Contains(untouched, variant):
			if pod.Annotations["gcm.linkerd.io/status"] != "" {
				t.Errorf("a pod with a sidecar of its own was injected: %v", got)
			}
		default:
			if !slices.Contains(got, injected) {
				t.Errorf("not injected: %v", got)
			}
		}
	})
}

// restrictedWherePossible returns an annotated namespace that enforces Pod
// Security restricted, if the pod as it is passes that.
func restrictedWherePossible(t *testing.T, raw []byte) namespace {
	t.Helper()
	n := newNamespace(t, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	n.createServiceAccount("prometheus")
	if _, err := n.createRaw(raw); err != nil {
		n = newNamespace(t, nil)
		n.createServiceAccount("prometheus")
	}
	n.annotate(annotations())
	return n
}

func (n namespace) createServiceAccount(name string) {
	n.Helper()
	n.create(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: n.name, Name: name}})
}

// createRaw creates a pod with the exact bytes of a file. Some charts' pods
// mount a token, which requires the service account that they name.
func (n namespace) createRaw(raw []byte) (*corev1.Pod, error) {
	n.Helper()
	httpClient, err := rest.HTTPClientFor(kubernetes.Config)
	if err != nil {
		n.Fatal(err)
	}
	url := kubernetes.Config.Host + "/api/v1/namespaces/" + n.name + "/pods"
	request, err := http.NewRequestWithContext(n.Context(), http.MethodPost, url, strings.NewReader(string(raw)))
	if err != nil {
		n.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := httpClient.Do(request)
	if err != nil {
		n.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		n.Fatal(err)
	}
	if response.StatusCode != http.StatusCreated {
		refusal := &apierrors.StatusError{}
		if err := json.Unmarshal(body, &refusal.ErrStatus); err != nil {
			n.Fatal(err)
		}
		return nil, refusal
	}
	pod := &corev1.Pod{}
	if err := json.Unmarshal(body, pod); err != nil {
		n.Fatal(err)
	}
	return pod, nil
}

// TestAwkwardPod creates a pod with fields of no Kubernetes version, nulls,
// empty lists, unicode and a hundred containers.
func TestAwkwardPod(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	all := []any{map[string]any{
		"name": "prometheus", "image": "p", "args": []string{"--storage.tsdb.path=/data"}, "futureField": map[string]any{"ü": nil},
		"env":          []any{map[string]any{"name": "SNOW", "value": "☃\u2028"}},
		"volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/data"}},
	}}
	for i := range 99 {
		all = append(all, map[string]any{"name": fmt.Sprintf("other-%d", i), "image": "o", "command": nil, "ports": []any{}})
	}
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Pod", "futureKind": true,
		"metadata": map[string]any{
			"name": "awkward", "annotations": map[string]any{"example.com/flake": "ü☃"}, "futureMeta": []any{nil},
			"labels": map[string]any{"linkerd.io/extension": "viz", "component": "prometheus"},
		},
		"spec": map[string]any{"containers": all, "initContainers": nil, "volumes": []any{map[string]any{"name": "data"}}, "futureSpec": 1.5},
	})
	if err != nil {
		t.Fatal(err)
	}
	pod, err := n.createRaw(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(pod.Spec.Containers) != 101 || !slices.Contains(containers(pod), injected) {
		t.Errorf("want 101 containers with the sidecar, got %d", len(pod.Spec.Containers))
	}
	if got := pod.Spec.Containers[0].Env; len(got) != 1 || got[0].Value != "☃\u2028" {
		t.Errorf("the environment became %v", got)
	}
	if got := pod.Annotations["example.com/flake"]; got != "ü☃" {
		t.Errorf("the annotation became %q", got)
	}
}

func TestPodWithoutVolumes(t *testing.T) {
	n := newNamespace(t, nil)
	n.annotate(annotations())
	pod := n.prometheus(func(p *corev1.Pod) {
		p.Spec.Volumes = nil
		p.Spec.Containers[0].VolumeMounts = nil
		p.Spec.AutomountServiceAccountToken = ptr.To(false)
	})
	err := kubernetes.Create(t.Context(), pod)
	if err == nil || !strings.Contains(err.Error(), "is not on a volume") {
		t.Errorf("want a refusal, since the WAL is not on a volume; got %v", err)
	}
}

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const injected = "stackdriver-prometheus-sidecar"

// namespace is a namespace of linkerd-viz, which the test has for itself.
type namespace struct {
	*testing.T

	name string
	http *http.Client
}

// newNamespace makes a namespace with ConfigMaps, which asks for the sidecar.
func newNamespace(t *testing.T) namespace {
	t.Helper()
	n := newSilentNamespace(t)
	before := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	after := before.DeepCopy()
	after.Annotations = map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.Location: "us-central1", settings.ClusterName: "my-cluster",
		settings.SidecarImage: "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
	}
	if err := kubernetes.Patch(t.Context(), after, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	return n
}

// newSilentNamespace makes a namespace with ConfigMaps that asks for nothing.
func newSilentNamespace(t *testing.T) namespace {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(kubernetes.Config)
	if err != nil {
		t.Fatal(err)
	}
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "viz-"}}
	if err := kubernetes.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	n := namespace{t, object.Name, httpClient}
	for name, data := range map[string]map[string]string{
		settings.DefaultRulesConfigMap:   {"recording_rules.yml": recordingRules},
		settings.DefaultSidecarConfigMap: {"sidecar.yml": sidecarConfig},
	} {
		n.make(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: n.name}, Data: data})
	}
	account := client.ObjectKey{Namespace: n.name, Name: "default"}
	n.await("the default service account", func() error { return kubernetes.Get(t.Context(), account, &corev1.ServiceAccount{}) })
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

func (n namespace) make(object client.Object) {
	n.Helper()
	if err := kubernetes.Create(n.Context(), object); err != nil {
		n.Fatalf("creating %s: %v", object.GetName(), err)
	}
}

// await polls until there is no error, for two minutes at most, because the machine may
// be busy.
func (n namespace) await(what string, missing func() error) {
	n.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		err := missing()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			n.Fatalf("waited two minutes for %s: %v", what, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// prometheus is a pod as linkerd-viz' ReplicaSet makes it.
func (n namespace) prometheus() *corev1.Pod { return viz.PrometheusPod(n.name) }

// created is what a user gets to see who creates a pod.
type created struct {
	code     int
	pod      corev1.Pod
	message  string // of a refusal
	warnings []string
	err      error // no answer
}

func (c created) injected() bool {
	for _, container := range c.pod.Spec.Containers {
		if container.Name == injected {
			return true
		}
	}
	return false
}

// warned reports whether a warning has the text.
func (c created) warned(text string) bool {
	return strings.Contains(strings.Join(c.warnings, "\n"), text)
}

func (c created) String() string {
	var containers []string
	for _, container := range c.pod.Spec.Containers {
		containers = append(containers, container.Name)
	}
	message := c.message[:min(len(c.message), 300)]
	return fmt.Sprintf("code %d, containers %v, warnings %q, message %q, error %v", c.code, containers, c.warnings, message, c.err)
}

// How a pod is created.
const (
	really = ""
	dryRun = "?dryRun=All"
)

// create creates a Prometheus.
func (n namespace) create(how string) created {
	text, err := json.Marshal(n.prometheus())
	if err != nil {
		return created{err: err}
	}
	return n.createRaw(n.Context(), how, text)
}

// createRaw creates a pod with these bytes.
func (n namespace) createRaw(ctx context.Context, how string, text []byte) (c created) {
	url := kubernetes.Config.Host + "/api/v1/namespaces/" + n.name + "/pods" + how
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return created{err: err}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := n.http.Do(request)
	if err != nil {
		return created{err: err}
	}
	defer response.Body.Close()
	c.code = response.StatusCode
	headers, _ := utilnet.ParseWarningHeaders(response.Header["Warning"])
	for _, header := range headers {
		c.warnings = append(c.warnings, header.Text)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return created{err: err}
	}
	if c.code != http.StatusCreated {
		c.message = string(body)
		return c
	}
	c.err = json.Unmarshal(body, &c.pod)
	return c
}

// wantInjected fails the test if the pod was not injected.
func (n namespace) wantInjected(what string, c created) {
	n.Helper()
	if !c.injected() {
		n.Errorf("%s: not injected: %s", what, c)
	}
}

// atOnce calls something so often, each in a goroutine of its own, and waits for all.
func atOnce(count int, call func(i int)) {
	var group sync.WaitGroup
	for i := range count {
		group.Go(func() { call(i) })
	}
	group.Wait()
}

// injectedWhile creates pods, one after the other, at least one, until all that happens
// beside has ended. Each must be injected.
func (n namespace) injectedWhile(what string, beside func()) {
	n.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		beside()
	}()
	for count := 0; ; count++ {
		select {
		case <-ended:
			if count > 0 {
				return
			}
		default:
		}
		n.wantInjected(fmt.Sprintf("while %s, pod %d", what, count+1), n.create(dryRun))
	}
}

package e2e

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// recorder replaces the injector: it allows everything and records the requests by
// namespace.
type recorder struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  map[string][]string
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{asked: map[string][]string{}}
	r.server = httptest.NewTLSServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.server.Close)
	return r
}

func (r *recorder) serve(w http.ResponseWriter, request *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(http.MaxBytesReader(w, request.Body, 8<<20)).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, fmt.Sprint("not a review: ", err), http.StatusBadRequest)
		return
	}
	asked := review.Request
	r.mu.Lock()
	r.asked[asked.Namespace] = append(r.asked[asked.Namespace], strings.Join([]string{request.URL.Path, string(asked.Operation), asked.Kind.Kind}, " "))
	r.mu.Unlock()
	review.Response = &admissionv1.AdmissionResponse{UID: asked.UID, Allowed: true}
	if err := json.NewEncoder(w).Encode(review); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// take returns the requests about a namespace since the last call.
func (r *recorder) take(namespace string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.asked[namespace]
	delete(r.asked, namespace)
	return asked
}

// install installs the chart with the recorder as the injector, failing closed, so that
// an expression that cannot be evaluated makes a request fail. It returns the namespace
// of the release.
func (r *recorder) install(t *testing.T) string {
	t.Helper()
	release := newNamespace(t, "selectors-release-", nil, nil).Name
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.server.Certificate().Raw})
	objects := renderObjects(t, release, map[string]any{
		"webhookURL":          r.server.URL,
		"certificates":        "provided",
		"providedCertificate": map[string]any{"caBundle": string(certificate)},
		"failurePolicy":       "Fail",
	})
	strict := strictClient(t)
	removeAtEnd(t, strict, objects...)
	applyAll(t, strict, objects)
	// The API server sees new webhooks a moment later.
	probe := newNamespace(t, "selectors-probe-", nil, nil).Name
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	probes := map[string]func() error{
		"pods": func() error {
			_, err := client.CoreV1().Pods(probe).Create(t.Context(), podWith(vizPrometheus), dryRun)
			return err
		},
		"namespaces": func() error {
			_, err := client.CoreV1().Namespaces().Update(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
				Name: probe, Annotations: map[string]string{"gcm.linkerd.io/inject": "enabled"},
			}}, metav1.UpdateOptions{DryRun: dryRun.DryRun})
			return err
		},
		"configmaps": func() error {
			_, err := client.CoreV1().ConfigMaps(probe).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: defaultRules}}, dryRun)
			return err
		},
	}
	for what, probing := range probes {
		eventually(t, func() error {
			if err := probing(); err != nil && !apierrors.IsForbidden(err) {
				t.Fatalf("probing %s: %v", what, err)
			}
			if len(r.take(probe)) == 0 {
				return fmt.Errorf("there are no requests about %s", what)
			}
			return nil
		})
	}
	return release
}

const (
	defaultRules  = "linkerd-prometheus-recording-rules"
	defaultConfig = "linkerd-prometheus-sidecar-config"
	asksPod       = "/mutate-pods CREATE Pod"
)

var vizPrometheus = map[string]string{"linkerd.io/extension": "viz", "component": "prometheus"}

// podWith returns a pod that every namespace accepts.
func podWith(labels map[string]string) *corev1.Pod {
	yes, no := true, false
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "pod-", Labels: labels},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken: &no,
			Containers: []corev1.Container{{
				Name: "prometheus", Image: "registry.example/prometheus:1",
				SecurityContext: &corev1.SecurityContext{
					RunAsNonRoot: &yes, AllowPrivilegeEscalation: &no,
					Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
					SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
				},
			}},
		},
	}
}

// TestManifestsSelectorsAreNarrow makes changes in a cluster, and compares for which of
// them the API server calls the injector.
func TestManifestsSelectorsAreNarrow(t *testing.T) {
	r := newRecorder(t)
	release := r.install(t)
	t.Run("pods", func(t *testing.T) { podsAreNarrow(t, r, release) })
	t.Run("namespaces", func(t *testing.T) { namespacesAreNarrow(t, r) })
	t.Run("configmaps", func(t *testing.T) { configMapsAreNarrow(t, r, release) })
	t.Run("deleting a namespace causes no request about its objects", func(t *testing.T) {
		namespace := newNamespace(t, "selectors-", nil, map[string]string{"gcm.linkerd.io/inject": "enabled"}).Name
		createConfigMap(t, namespace, defaultRules, nil)
		r.take(namespace)
		if err := client.CoreV1().Namespaces().Delete(t.Context(), namespace, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() error {
			_, err := client.CoreV1().Namespaces().Get(t.Context(), namespace, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("namespace %s is still there: %w", namespace, err)
		})
		expect(t, r, namespace)
	})
}

// expect compares the requests about a namespace.
func expect(t *testing.T, r *recorder, namespace string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, r.take(namespace)); diff != "" {
		t.Errorf("requests to the injector (-want +got):\n%s", diff)
	}
}

func podsAreNarrow(t *testing.T, r *recorder, release string) {
	optedOut := newNamespace(t, "selectors-", map[string]string{"config.linkerd.io/admission-webhooks": "disabled"}, nil).Name
	viz := newNamespace(t, "selectors-", nil, nil).Name
	annotated := podWith(vizPrometheus)
	annotated.Annotations = map[string]string{"team": "x"}
	tests := map[string]struct {
		namespace string
		pod       *corev1.Pod
		want      []string
	}{
		"viz's Prometheus":                          {viz, podWith(vizPrometheus), []string{asksPod}},
		"viz's Prometheus with annotations":         {viz, annotated, []string{asksPod}},
		"another pod of viz":                        {viz, podWith(map[string]string{"linkerd.io/extension": "viz", "component": "web"}), nil},
		"a Prometheus that is not viz's":            {viz, podWith(map[string]string{"component": "prometheus"}), nil},
		"a pod without labels":                      {viz, podWith(nil), nil},
		"a Prometheus in kube-system":               {"kube-system", podWith(vizPrometheus), nil},
		"a Prometheus in kube-node-lease":           {"kube-node-lease", podWith(vizPrometheus), nil},
		"a Prometheus in the injector's namespace":  {release, podWith(vizPrometheus), nil},
		"a Prometheus in a namespace that opts out": {optedOut, podWith(vizPrometheus), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r.take(test.namespace)
			_, err := client.CoreV1().Pods(test.namespace).Create(t.Context(), test.pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, r, test.namespace, test.want...)
		})
	}
	t.Run("a change of an existing pod", func(t *testing.T) {
		pod, err := client.CoreV1().Pods(viz).Create(t.Context(), podWith(vizPrometheus), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r.take(viz)
		patch := []byte(`{"metadata":{"labels":{"changed":"yes"}}}`)
		if _, err := client.CoreV1().Pods(viz).Patch(t.Context(), pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := client.CoreV1().Pods(viz).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		expect(t, r, viz)
	})
}

func namespacesAreNarrow(t *testing.T, r *recorder) {
	const asksCreate, asksUpdate = "/validate-config CREATE Namespace", "/validate-config UPDATE Namespace"
	annotated := map[string]string{"gcm.linkerd.io/inject": "enabled"}
	optedOut := map[string]string{"config.linkerd.io/admission-webhooks": "disabled"}
	// On updates, the namespace of the request is the object's own name.
	patch := func(t *testing.T, name, patch string) {
		t.Helper()
		if _, err := client.CoreV1().Namespaces().Patch(t.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		labels, annotations map[string]string
		patches             []string
		want                []string
	}{
		"created without annotations":                        {nil, nil, nil, nil},
		"created with one of our annotations":                {nil, annotated, nil, []string{asksCreate}},
		"created with another annotation":                    {nil, map[string]string{"gcm.example/inject": "enabled"}, nil, nil},
		"one of ours is added":                               {nil, nil, []string{`{"metadata":{"annotations":{"gcm.linkerd.io/project-id":"p"}}}`}, []string{asksUpdate}},
		"another annotation is added":                        {nil, nil, []string{`{"metadata":{"annotations":{"linkerd.io/inject":"enabled"}}}`}, nil},
		"a label is added to one with our annotations":       {nil, annotated, []string{`{"metadata":{"labels":{"a":"b"}}}`}, []string{asksCreate, asksUpdate}},
		"a label is added to one without annotations":        {nil, nil, []string{`{"metadata":{"labels":{"a":"b"}}}`}, nil},
		"the last of ours is removed, then a label is added": {nil, annotated, []string{`{"metadata":{"annotations":null}}`, `{"metadata":{"labels":{"a":"b"}}}`}, []string{asksCreate, asksUpdate}},
		"one that opts out":                                  {optedOut, annotated, []string{`{"metadata":{"annotations":{"gcm.linkerd.io/x":"y"}}}`}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			namespace := newNamespace(t, "selectors-", test.labels, test.annotations).Name
			for _, text := range test.patches {
				patch(t, namespace, text)
			}
			// An update that conflicts with another one is repeated, and so is its
			// request.
			if diff := cmp.Diff(test.want, slices.Compact(r.take(namespace))); diff != "" {
				t.Errorf("requests to the injector (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("one that is being deleted", func(t *testing.T) {
		namespace := newNamespace(t, "selectors-", nil, annotated).Name
		patch(t, namespace, `{"metadata":{"finalizers":["test.linkerd.io/hold"]}}`)
		if err := client.CoreV1().Namespaces().Delete(t.Context(), namespace, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		r.take(namespace)
		patch(t, namespace, `{"metadata":{"annotations":{"gcm.linkerd.io/x":"y"}}}`)
		patch(t, namespace, `{"metadata":{"finalizers":null}}`)
		expect(t, r, namespace)
	})
}

func createConfigMap(t *testing.T, namespace, name string, labels map[string]string) {
	t.Helper()
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	if name == "" {
		configMap.GenerateName = "config-"
	}
	if _, err := client.CoreV1().ConfigMaps(namespace).Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func configMapsAreNarrow(t *testing.T, r *recorder, release string) {
	const asks = "/validate-config %s ConfigMap"
	all := []string{fmt.Sprintf(asks, "CREATE"), fmt.Sprintf(asks, "UPDATE"), fmt.Sprintf(asks, "DELETE")}
	ours, viz := map[string]string{"linkerd.io/extension": "gcm"}, map[string]string{"linkerd.io/extension": "viz"}
	optedOut := newNamespace(t, "selectors-", map[string]string{"config.linkerd.io/admission-webhooks": "disabled"}, nil).Name
	namespace := newNamespace(t, "selectors-", nil, nil).Name
	tests := map[string]struct {
		namespace, name string
		labels          map[string]string
		want            []string
	}{
		"the default name for rules":            {namespace, defaultRules, nil, all},
		"the default name for the sidecar":      {namespace, defaultConfig, viz, all},
		"another name with our label":           {namespace, "mine", ours, all},
		"another name":                          {namespace, "mine", nil, nil},
		"another name with viz's label":         {namespace, "mine", viz, nil},
		"a name that begins the same":           {namespace, defaultRules + "-2", nil, nil},
		"the default name in kube-system":       {"kube-system", defaultRules, nil, nil},
		"our label in the injector's namespace": {release, "mine", ours, nil},
		"a namespace that opts out":             {optedOut, defaultRules, ours, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			configMaps := client.CoreV1().ConfigMaps(test.namespace)
			createConfigMap(t, test.namespace, test.name, test.labels)
			if _, err := configMaps.Patch(t.Context(), test.name, types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := configMaps.Delete(t.Context(), test.name, metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			// The API server asks about a deletion again if another change came between.
			if diff := cmp.Diff(test.want, slices.Compact(r.take(test.namespace))); diff != "" {
				t.Errorf("requests to the injector (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("the label is removed", func(t *testing.T) {
		createConfigMap(t, namespace, "mine", ours)
		for _, patch := range []string{`{"metadata":{"labels":null}}`, `{"data":{"a":"b"}}`} {
			if _, err := client.CoreV1().ConfigMaps(namespace).Patch(t.Context(), "mine", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		expect(t, r, namespace, all[:2]...)
	})
	t.Run("a server-side apply and a generated name", func(t *testing.T) {
		applied := applycorev1.ConfigMap(defaultConfig, namespace).WithData(map[string]string{"a": "b"})
		if _, err := client.CoreV1().ConfigMaps(namespace).Apply(t.Context(), applied, metav1.ApplyOptions{FieldManager: "kubectl"}); err != nil {
			t.Fatal(err)
		}
		createConfigMap(t, namespace, "", nil)
		expect(t, r, namespace, all[0])
	})
	t.Run("all are deleted together", func(t *testing.T) {
		createConfigMap(t, namespace, "labelled", ours)
		r.take(namespace)
		if err := client.CoreV1().ConfigMaps(namespace).DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
		expect(t, r, namespace, all[2], all[2])
	})
	t.Run("a Secret with the default name", func(t *testing.T) {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: defaultRules, Labels: ours}}
		if _, err := client.CoreV1().Secrets(namespace).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		expect(t, r, namespace)
	})
}

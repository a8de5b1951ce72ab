package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	kjson "sigs.k8s.io/json"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// validatePodVariable names the environment variable with the path of the program that
// e2e/kubernetes/validatepod builds: Kubernetes' own validation. With it, the fuzz tests
// of pods also ask whether valid pods stay valid.
//
//	go build -C e2e/kubernetes -o "$PWD/bin/validatepod" ./validatepod
//	VALIDATEPOD=$PWD/bin/validatepod go test -fuzz FuzzGeneratedPods ./webhook
const validatePodVariable = "VALIDATEPOD"

// silent announces nothing.
type silent struct{}

func (silent) Announce(context.Context, string, *corev1.Pod, inject.Decision) {}

// endpoints are both handlers behind HTTP, as gcm-injector connects them, and the one
// for pods by itself.
type endpoints struct {
	pods          *PodHandler
	configuration *ConfigurationHandler
	mux           *http.ServeMux
}

func newEndpoints(t testing.TB, namespace inject.NamespaceReader) endpoints {
	t.Helper()
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	decider := inject.Decider{Reader: namespace, Version: "v1.2.3", Memory: inject.NewMemory()}
	turns, bodies := NewTurns(), NewBodies()
	e := endpoints{
		pods:          &PodHandler{Decider: decider, Events: silent{}, Metrics: metrics, Turns: turns},
		configuration: &ConfigurationHandler{Decider: decider, Metrics: metrics, Turns: turns},
		mux:           http.NewServeMux(),
	}
	for path, handler := range map[string]admission.Handler{PodPath: e.pods, ConfigurationPath: e.configuration} {
		endpoint, err := admission.StandaloneWebhook(&admission.Webhook{Handler: handler, LogConstructor: RequestLogger}, admission.StandaloneOptions{})
		if err != nil {
			t.Fatal(err)
		}
		e.mux.Handle(path, bodies.Handler(endpoint))
	}
	return e
}

// post returns the answer to a body; nil where the answer is not a review.
func (e endpoints) post(t *testing.T, path string, body []byte) *admissionv1.AdmissionResponse {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	e.mux.ServeHTTP(recorder, request)
	switch recorder.Code {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return nil
	default:
		t.Fatalf("status %d: %s", recorder.Code, recorder.Body)
	}
	var review admissionv1.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &review); err != nil || review.Response == nil {
		t.Fatalf("%v: %s", err, recorder.Body)
	}
	checkAnswer(t, review.Response)
	return review.Response
}

// checkAnswer checks what must hold of the answer to any request.
func checkAnswer(t *testing.T, response *admissionv1.AdmissionResponse) {
	t.Helper()
	if response.Result == nil {
		t.Fatalf("an answer without a result: %+v", response)
	}
	if response.Result.Code >= http.StatusInternalServerError || response.Result.Message == string(inject.Panicked) {
		t.Fatalf("the answer is %d %s, %q", response.Result.Code, response.Result.Message, response.Warnings)
	}
}

// review is a request of the API server.
func review(kind, operation, object, before string) []byte {
	if before == "" {
		before = "null"
	}
	return fmt.Appendf(nil, `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1","kind":%q},`+
		`"name":"linkerd-prometheus-recording-rules","namespace":"linkerd-viz","operation":%q,"dryRun":true,"object":%s,"oldObject":%s}}`, kind, operation, object, before)
}

// hostile are pods that nobody should send.
func hostile() []string {
	labels := `"metadata":{"labels":{"linkerd.io/extension":"viz","component":"prometheus"}}`
	return []string{
		"", "null", "[]", "{}", "{" + labels + "}",
		`{` + labels + `,"spec":{"containers":[` + strings.TrimSuffix(strings.Repeat("{},", 3000), ",") + `]}}`,
		`{` + labels + `,"spec":{"containers":null,"volumes":null,"initContainers":null}}`,
		`{` + labels + `,"spec":{"containers":[null,` + container + `],"volumes":[null]}}`,
		`{"spec":{"hostPID":true,"securityContext":{"runAsUser":0}},` + labels + `,"spec":{"containers":[` + container + `]}}`,
		`{` + labels + `,"metadata":{"annotations":{"a":"b"}},"spec":{"containers":[` + container + `]}}`,
		`{"metadata":{"labels":` + strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000) + `}}`,
		`{` + labels + `,"spec":{"containers":[` + container + `],"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}`,
		`{` + labels + `,"spec":{"priority":1e400,"containers":[` + container + `]}}`,
		`{` + labels + `,"spec":{"priority":-99999999999999999999,"containers":[` + container + `]}}`,
		"{" + labels + ",\"spec\":{\"nodeName\":\"\xff\\ud800\",\"containers\":[" + container + "]}}",
		`{` + labels + `,"Spec":{"containers":[]},"spec":{"containers":[` + container + `]},"status":[]}`,
		`{"kind":"Deployment",` + labels + `}`,
	}
}

// vizPods are pods that linkerd-viz makes.
func vizPods(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, file := range charts.Own(t, charts.Pod) {
		var compact bytes.Buffer
		if err := json.Compact(&compact, file.Read(t)); err != nil {
			t.Fatal(err)
		}
		all = append(all, compact.String())
	}
	return all
}

// FuzzBodies sends any bodies to both handlers. None makes them panic or answer with
// HTTP 500, and a pod's patch adds only.
func FuzzBodies(f *testing.F) {
	for _, pod := range append(vizPods(f), hostile()...) {
		f.Add(review("Pod", "CREATE", pod, ""))
	}
	namespace := `{"metadata":{"name":"linkerd-viz","annotations":{"gcm.linkerd.io/inject":"enabled","gcm.linkerd.io/include":"{"}}}`
	configMap := `{"metadata":{"name":"linkerd-prometheus-recording-rules"},"data":{"recording_rules.yml":"groups: []"},"binaryData":{"a":"/w=="}}`
	for _, operation := range []string{"CREATE", "UPDATE", "DELETE", "CONNECT", ""} {
		f.Add(review("Namespace", operation, namespace, `{"metadata":{}}`))
		f.Add(review("ConfigMap", operation, configMap, `{"data":{"recording_rules.yml":"groups: [{name: a, rules: [{record: b, expr: up"}}`))
		f.Add(review("Secret", operation, `{}`, ""))
	}
	for _, body := range []string{"", "{}", "null", `{"request":null}`, `{"request":{"object":{"a":1}}}`, "z: [a,a]", `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{}}`} {
		f.Add([]byte(body))
	}
	e := newEndpoints(f, injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)})
	f.Fuzz(func(t *testing.T, body []byte) {
		e.post(t, ConfigurationPath, body)
		response := e.post(t, PodPath, body)
		if response == nil || len(response.Patch) == 0 {
			return
		}
		var review struct {
			Request struct{ Object json.RawMessage }
		}
		if err := json.Unmarshal(body, &review); err == nil && !repeatsKeys(body) {
			checkAdds(t, review.Request.Object, response.Patch)
		}
	})
}

// FuzzPods decides about any text that is to be a pod, in a namespace with any
// annotations and any rules, directly and through HTTP.
func FuzzPods(f *testing.F) {
	for i, pod := range append(vizPods(f), hostile()...) {
		f.Add([]byte(pod), settings.Annotations[i%len(settings.Annotations)].Key, []string{"", "enabled", "{", "a/b"}[i%4], injecttest.Rules)
	}
	validation := oracle.Named(f, validatePodVariable)
	f.Fuzz(func(t *testing.T, pod []byte, annotation, value, rules string) {
		annotations := injecttest.Located()
		if annotation != "" {
			annotations[annotation] = value
		}
		configMaps := injecttest.ConfigMaps(injecttest.Config)
		configMaps[settings.DefaultRulesConfigMap].Data["recording_rules.yml"] = rules
		checkPod(t, injecttest.Namespace{Annotations: annotations, ConfigMaps: configMaps}, pod, validation)
	})
}

// FuzzGeneratedPods does the same as FuzzPods with pods that are valid, or nearly so:
// what random bytes seldom hit upon. The numbers decide what is in the pod.
func FuzzGeneratedPods(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, seed)
	}
	seeds := vizPods(f)
	validation := oracle.Named(f, validatePodVariable)
	f.Fuzz(func(t *testing.T, first, second uint64) {
		r := rand.New(rand.NewPCG(first, second))
		pod := []byte(seeds[r.IntN(len(seeds))])
		checkPod(t, injecttest.RandomNamespace(r), injecttest.RandomPod(r, pod), validation)
	})
}

// checkPod checks the answers to a pod, and to the pod that the answer leads to.
func checkPod(t *testing.T, namespace injecttest.Namespace, pod []byte, validation *oracle.Oracle) {
	t.Helper()
	e := newEndpoints(t, namespace)
	direct := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{UID: "u", Namespace: "linkerd-viz", Object: runtime.RawExtension{Raw: pod}}}
	response := e.pods.Handle(t.Context(), direct)
	checkAnswer(t, &response.AdmissionResponse)
	if !json.Valid(pod) {
		if len(response.Patches) > 0 {
			t.Fatalf("%q gets %v", pod, response.Patches)
		}
		return
	}
	through := e.post(t, PodPath, review("Pod", "CREATE", string(pod), ""))
	if through == nil || through.Allowed != response.Allowed || (len(through.Patch) > 0) != (len(response.Patches) > 0) {
		t.Fatalf("the answer is %+v, and through HTTP %+v", response, through)
	}
	if len(through.Patch) == 0 || repeatsKeys(pod) {
		return
	}
	patched := checkAdds(t, pod, through.Patch)
	if again := e.post(t, PodPath, review("Pod", "CREATE", string(patched), "")); !again.Allowed || len(again.Patch) > 0 || again.Result.Message != string(inject.AlreadyInjected) {
		t.Fatalf("injected again:\n%+v\n%s", again, patched)
	}
	if validation == nil || validation.Ask(t, pod) != "" {
		return
	}
	if refusal := validation.Ask(t, patched); refusal != "" {
		t.Fatalf("a valid pod becomes invalid: %s\n%s\n%s", refusal, pod, patched)
	}
}

// checkAdds checks that a patch only adds to a pod, and returns what it leads to.
func checkAdds(t *testing.T, pod, patch []byte) []byte {
	t.Helper()
	var operations []struct{ Op string }
	if err := json.Unmarshal(patch, &operations); err != nil {
		t.Fatalf("%v: %s", err, patch)
	}
	for _, o := range operations {
		if o.Op != "add" {
			t.Fatalf("the patch does more than add: %s", patch)
		}
	}
	decoded, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		t.Fatalf("%v: %s", err, patch)
	}
	patched, err := decoded.Apply(pod)
	if err != nil {
		t.Fatalf("applying %s: %v\n%s", patch, err, pod)
	}
	if err := decode(patched); err != nil && decode(pod) == nil {
		t.Fatalf("decoding what the patch leads to: %v\n%s", err, patched)
	}
	var before, after any
	if json.Unmarshal(pod, &before) == nil && json.Unmarshal(patched, &after) == nil && !within(withoutStatus(before), after) {
		t.Fatalf("more is changed than added:\n%s\n%s", pod, patched)
	}
	return patched
}

// withoutStatus removes the record of an injection, which a pod that has lost its sidecar
// gets anew.
func withoutStatus(pod any) any {
	at, _ := pod.(map[string]any)
	metadata, _ := at["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	delete(annotations, settings.Status)
	return pod
}

func decode(pod []byte) error {
	return decoder.DecodeRaw(runtime.RawExtension{Raw: pod}, &corev1.Pod{})
}

// repeatsKeys reports whether an object has a key twice, which the API server never sends:
// what a patch makes of it depends on who applies it.
func repeatsKeys(text []byte) bool {
	var value any
	repeated, err := kjson.UnmarshalStrict(text, &value, kjson.DisallowDuplicateFields)
	return err != nil || len(repeated) > 0
}

// within reports whether a JSON value is in another one: each value is at its place. An
// empty value may become any other.
func within(before, after any) bool {
	switch before := before.(type) {
	case nil:
		return true
	case map[string]any:
		more, same := after.(map[string]any)
		for key, value := range before {
			held, found := more[key]
			same = same && found && within(value, held)
		}
		return same
	case []any:
		more, same := after.([]any)
		if !same || len(more) < len(before) {
			return false
		}
		for i, value := range before {
			same = same && within(value, more[i])
		}
		return same
	}
	return reflect.DeepEqual(before, after)
}

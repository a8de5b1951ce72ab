package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-logr/zapr"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Each request is one line of JSON, and no key of it comes twice.
func TestTheLogHasEachKeyOnce(t *testing.T) {
	for name, test := range map[string]struct {
		path       string
		body       []byte
		namespace  injecttest.Namespace
		wantName   string
		wantReason string
	}{
		"a pod that is injected": {
			path: PodPath, body: review("Pod", "CREATE", podJSON(container), ""), wantName: "*", wantReason: "complete",
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
		},
		"a pod that is refused": {
			path: PodPath, body: review("Pod", "CREATE", podJSON(container), ""), wantName: "*", wantReason: "invalid-settings",
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.Inject, "enable")},
		},
		"a ConfigMap": {
			path: ConfigurationPath, body: review("ConfigMap", "CREATE", `{"data":{}}`, ""),
			wantName: "ConfigMap/linkerd-prometheus-recording-rules", wantReason: "not-annotated",
		},
		"what is not a pod": {
			path: PodPath, body: review("Pod", "CREATE", `[]`, ""), wantName: "*", wantReason: "undecodable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			lines := serveLogging(t, test.namespace, test.path, test.body)
			for line := range bytes.Lines(lines) {
				if repeatsKeys(line) {
					t.Errorf("a key comes twice, or this is not JSON: %s", line)
				}
			}
			var line struct{ Namespace, Name, Reason string }
			if err := json.Unmarshal(lines, &line); err != nil {
				t.Fatalf("want one line: %v in\n%s", err, lines)
			}
			if diff := cmp.Diff([]string{"linkerd-viz", test.wantName, test.wantReason}, []string{line.Namespace, line.Name, line.Reason}); diff != "" {
				t.Errorf("namespace, name, reason (-want +got):\n%s", diff)
			}
		})
	}
}

// serveLogging returns what is logged while a request is served, as gcm-injector connects
// the handlers.
func serveLogging(t *testing.T, namespace injecttest.Namespace, path string, body []byte) []byte {
	t.Helper()
	var lines bytes.Buffer
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	logger := zapr.NewLogger(zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&lines), zap.InfoLevel)))
	handlers := newEndpoints(t, namespace)
	handler := map[string]admission.Handler{PodPath: handlers.pods, ConfigurationPath: handlers.configuration}[path]
	endpoint, err := admission.StandaloneWebhook(
		&admission.Webhook{Handler: handler, LogConstructor: RequestLogger}, admission.StandaloneOptions{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	endpoint.ServeHTTP(httptest.NewRecorder(), request)
	return lines.Bytes()
}

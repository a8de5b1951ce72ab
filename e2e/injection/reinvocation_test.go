package injection

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gomodules.xyz/jsonpatch/v2"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// TestAnotherWebhookBeforeAndAfter adds a container by another webhook, as
// linkerd's proxy-injector does, that is called before ours or after it, which
// makes the API server call ours again.
func TestAnotherWebhookBeforeAndAfter(t *testing.T) {
	for name, configuration := range map[string]string{
		"before": "a-proxy-injector-webhook-config",
		"after":  "linkerd-proxy-injector-webhook-config",
	} {
		t.Run(name, func(t *testing.T) {
			n := newNamespace(t, nil)
			n.annotate(annotations())
			var calls atomic.Int32
			n.addWebhook(configuration, &calls)
			n.await("the other webhook to be called", func() bool {
				try := n.prometheus(nil)
				try.Name = "try"
				return kubernetes.Create(t.Context(), try, dryRun) == nil && calls.Load() > 0
			})
			before, err := gcm.Admissions(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			pod := n.upgrade(nil)
			got := containers(pod)
			slices.Sort(got)
			if diff := cmp.Diff([]string{"linkerd-proxy", "prometheus", injected}, got); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
			after, err := gcm.Admissions(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if asked := after - before; name == "after" && asked < 2 {
				t.Errorf("want our webhook to be called again after the other, got %v calls", asked)
			}
		})
	}
}

// addWebhook registers a webhook that puts a container in front of all others
// of the pods in this namespace.
func (n namespace) addWebhook(name string, calls *atomic.Int32) {
	n.Helper()
	handler := &admission.Webhook{Handler: admission.HandlerFunc(func(_ context.Context, request admission.Request) admission.Response {
		calls.Add(1)
		var pod corev1.Pod
		if err := json.Unmarshal(request.Object.Raw, &pod); err != nil {
			return admission.Errored(http.StatusBadRequest, err)
		}
		if slices.Contains(containers(&pod), "linkerd-proxy") {
			return admission.Allowed("")
		}
		return admission.Patched("", jsonpatch.NewOperation("add", "/spec/containers/0",
			corev1.Container{Name: "linkerd-proxy", Image: "proxy"}))
	})}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	server.StartTLS()
	n.Cleanup(server.Close)
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "proxy-injector.example.com",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{
				URL:      ptr.To(server.URL),
				CABundle: certificatePEM(server.Certificate()),
			},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: n.name}},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}
	n.create(configuration)
	n.Cleanup(func() {
		if err := kubernetes.Delete(context.WithoutCancel(n.Context()), configuration); err != nil {
			n.Error(err)
		}
	})
}

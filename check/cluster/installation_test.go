package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"
)

func TestHosts(t *testing.T) {
	i := Installation{
		Mutating: &admissionv1.MutatingWebhookConfiguration{Webhooks: []admissionv1.MutatingWebhook{
			{ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "gcm"}}},
		}},
		Validating: &admissionv1.ValidatingWebhookConfiguration{Webhooks: []admissionv1.ValidatingWebhook{
			{ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "gcm"}}},
			{ClientConfig: admissionv1.WebhookClientConfig{URL: ptr.To("https://192.0.2.7:10250/validate-config")}},
		}},
	}
	if diff := cmp.Diff([]string{"192.0.2.7", "gcm-injector.gcm.svc"}, i.Hosts()); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

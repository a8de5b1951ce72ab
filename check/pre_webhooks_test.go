package check

import (
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestWebhooksAreFree(t *testing.T) {
	outside := mutatingConfiguration("")
	outside.Webhooks[0].ClientConfig = admissionv1.WebhookClientConfig{URL: ptr.To("https://localhost:8443/pods")}
	runIn(t, preWebhooksCheck, map[string]state{
		"none":              {},
		"ours":              {objects: []client.Object{mutatingConfiguration("linkerd-gcm"), validatingConfiguration("linkerd-gcm")}},
		"outside":           {objects: []client.Object{outside}},
		"another namespace": {objects: []client.Object{mutatingConfiguration("other")}, want: "webhook gcm-injector.linkerd.io points to namespace other"},
		"one of two":        {objects: []client.Object{mutatingConfiguration("linkerd-gcm"), validatingConfiguration("other")}, want: "webhook gcm-validator.linkerd.io points to namespace other"},
	})
}

package check

import (
	"maps"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestAPolicyThatLetsEverybodyReadPrometheus(t *testing.T) {
	const group, in = "/apis/policy.linkerd.io/", "/namespaces/linkerd-viz/"
	// What was copied still has the label of linkerd-viz.
	const copied = `{"items": [{"metadata": {"name": "federate", "namespace": "linkerd-viz", "labels": {"linkerd.io/extension": "viz"}},
		"spec": {"targetRef": {"kind": "Server", "name": "prometheus-admin"}, "requiredAuthenticationRefs": [{"kind": "NetworkAuthentication", "name": "kubelet"}]}}]}`
	// policies is a cluster with linkerd-viz' Server; the texts are what else it serves.
	policies := func(others map[string]string) map[string]string {
		texts := map[string]string{
			"/apis":                            `{"groups": [{"name": "policy.linkerd.io"}]}`,
			group + "v1beta3" + in + "servers": `{"items": [{"metadata": {"name": "prometheus-admin", "namespace": "linkerd-viz"}, "spec": {"podSelector": {"matchLabels": {"component": "prometheus"}}, "port": 9090}}]}`,
			group + "v1beta1" + in + "serverauthorizations":   "",
			group + "v1alpha1" + in + "authorizationpolicies": "",
			group + "v1alpha1/networkauthentications":         `{"items": [{"metadata": {"name": "kubelet", "namespace": "linkerd-viz"}, "spec": {"networks": [{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]}}]}`,
			group + "v1alpha1/meshtlsauthentications":         "",
		}
		maps.Copy(texts, others)
		return texts
	}
	installed := []client.Object{namespaceOf(names.VizExtension, "linkerd-viz"), prometheusPod()}
	runIn(t, openPoliciesCheck, map[string]state{
		"no linkerd-viz": {texts: policies(nil), want: notApplicable},
		"no pod":         {objects: installed[:1], texts: policies(nil), want: notApplicable},
		"no Linkerd":     {objects: installed, texts: map[string]string{"/apis": `{"groups": [{"name": "apps"}]}`}, want: notApplicable},
		"nobody":         {objects: installed, texts: policies(nil)},
		"no permission":  {objects: installed, texts: map[string]string{"/apis": `{"groups": [{"name": "policy.linkerd.io"}]}`}, want: "reading /apis/policy.linkerd.io/v1beta3"},
		"everybody": {
			objects: installed, texts: policies(map[string]string{group + "v1alpha1" + in + "authorizationpolicies": copied}),
			want: "AuthorizationPolicy linkerd-viz/federate lets everybody read Prometheus, meshed or not: give those who need it a policy that names them " +
				"(linkerd-gcm export federation prints one), then run kubectl --namespace linkerd-viz delete authorizationpolicy.policy.linkerd.io federate",
		},
	})
}

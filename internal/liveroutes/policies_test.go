package liveroutes

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestPoliciesOfWhomNotAllNamespacesMayBeRead is of somebody who has the permission for
// linkerd-viz' namespace alone.
func TestPoliciesOfWhomNotAllNamespacesMayBeRead(t *testing.T) {
	const (
		forbidden = `403 {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}`
		all       = policy + "v1alpha1/networkauthentications"
		kubelet   = policy + "v1alpha1" + inViz + "networkauthentications/kubelet"
		httpRoute = policy + "v1beta3" + inViz + "httproutes"
		onRoute   = "\nmetadata: {name: p, namespace: linkerd-viz}\nspec: {targetRef: {group: policy.linkerd.io, kind: HTTPRoute, name: r}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]}\n"
	)
	everybody := policyFor("federate", "{kind: NetworkAuthentication, name: kubelet}")
	for name, test := range map[string]struct {
		policies string
		change   apiServer
		open     int
		notes    []string
	}{
		"it is read by its name":     {everybody, apiServer{all: forbidden, kubelet: `{"metadata": {"name": "kubelet", "namespace": "linkerd-viz"}, "spec": {"networks": [{"cidr": "0.0.0.0/0"}]}}`}, 1, nil},
		"it is not there":            {everybody, apiServer{all: forbidden}, 0, nil},
		"nothing is referred to":     {policyFor("p", "{kind: ServiceAccount, name: web}"), apiServer{all: forbidden}, 0, nil},
		"it is in another namespace": {policyFor("federate", "{kind: NetworkAuthentication, name: net, namespace: other}"), apiServer{all: forbidden, policy + "v1alpha1/namespaces/other/networkauthentications/net": forbidden}, 0, []string{"whom Linkerd's policies let in is not known: NetworkAuthentication other/net may not be read, to which one refers"}},
		"a route":                    {onRoute, apiServer{httpRoute: forbidden}, 0, []string{"whom Linkerd's policies let in is not known: HTTPRoute linkerd-viz/r may not be read, to which one refers"}},
		"a route of another Server":  {onRoute, apiServer{httpRoute: "\nmetadata: {name: r, namespace: linkerd-viz}\nspec: {parentRefs: [{kind: Server, name: other}]}"}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			api := installed()
			api[policy+"v1alpha1"+inViz+"authorizationpolicies"] = test.policies
			api["/apis"] = `{"groups": [{"name": "policy.linkerd.io"}]}`
			for path, text := range test.change {
				api[path] = text
			}
			c := api.start(t)
			v, err := c.Viz(t.Context(), "linkerd-viz")
			if diff := cmp.Diff(test.notes, v.Notes); diff != "" || err != nil || len(v.Open) != test.open || len(v.Servers) != 1 {
				t.Errorf("error %v, open %v, Servers %v, notes (-want +got):\n%s", err, v.Open, v.Servers, diff)
			}
			// check says the same.
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Labels: map[string]string{"component": "prometheus"}},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "admin", ContainerPort: 9090}}}}}}
			open, _, err := c.Open(t.Context(), pod)
			if len(open) != test.open || (err != nil) != (len(test.notes) > 0) {
				t.Errorf("open %v, error %v", open, err)
			}
		})
	}
}

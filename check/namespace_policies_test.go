package check

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestTheNamespaceHasPolicies(t *testing.T) {
	labelled := func(labels map[string]string) []client.Object {
		return []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-gcm", Labels: labels}}}
	}
	const optedOut, enforced = "config.linkerd.io/admission-webhooks", "pod-security.kubernetes.io/enforce"
	runIn(t, namespacePoliciesCheck, map[string]state{
		"no namespace": {want: notApplicable},
		"both":         {objects: labelled(map[string]string{optedOut: "disabled", enforced: "restricted"})},
		"one":          {objects: labelled(map[string]string{optedOut: "disabled", enforced: "baseline"}), want: "is not labelled pod-security.kubernetes.io/enforce=restricted: run"},
		"neither":      {objects: labelled(nil), want: "is not labelled config.linkerd.io/admission-webhooks=disabled and pod-security.kubernetes.io/enforce=restricted: run"},
	})
}

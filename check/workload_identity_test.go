package check

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestTheServiceAccountIsKnown(t *testing.T) {
	const metrics = "/api/v1/namespaces/linkerd-viz/pods/prometheus-1:9091/proxy/metrics"
	gke := map[string]string{"/version": `{"gitVersion":"v1.33.4-gke.1036000"}`}
	exporting := maps.Clone(gke)
	exporting[metrics] = "prometheus_remote_storage_succeeded_samples_total 3\n"
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node", Labels: map[string]string{metadataServer: "true"}}}
	account := func(annotations map[string]string) *corev1.ServiceAccount {
		return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus", Annotations: annotations}}
	}
	withKey := prometheusPod(stackdriver.Name)
	withKey.Spec.Containers[1].Env = []corev1.EnvVar{{Name: "GOOGLE_APPLICATION_CREDENTIALS", Value: "/key.json"}}
	injected := []client.Object{askingNamespace(), prometheusPod(stackdriver.Name), node}
	const unknown = "service account linkerd-viz/prometheus has no annotation iam.gke.io/gcp-service-account"
	runIn(t, workloadIdentityCheck, map[string]state{
		"not on GKE":                  {objects: injected, texts: map[string]string{"/version": `{"gitVersion":"v1.33.4"}`}, want: notApplicable},
		"without the metadata server": {objects: injected[:2], texts: gke, want: notApplicable},
		"no account":                  {objects: injected, texts: gke, want: unknown},
		"an account of no one":        {objects: append(slices.Clone(injected), account(nil)), texts: gke, want: unknown},
		"an account of Google's":      {objects: append(slices.Clone(injected), account(map[string]string{googleAccount: "a@b.iam.gserviceaccount.com"})), texts: gke},
		"it has a key":                {objects: []client.Object{askingNamespace(), withKey, node}, texts: gke},
		"it has exported":             {objects: injected, texts: exporting},
		"no sidecar":                  {objects: []client.Object{askingNamespace(), prometheusPod(), node}, texts: gke},
	})
}

package check

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// expect fails the test where a problem is not what is wanted, "" for none.
func expect(t *testing.T, want string, problem error) {
	t.Helper()
	if want == "" && problem != nil || want != "" && (problem == nil || !strings.Contains(problem.Error(), want)) {
		t.Errorf("got %v, want %q", problem, want)
	}
}

// state is a cluster on which a check runs, and what is wrong there.
type state struct {
	objects []client.Object
	// texts are what the API server serves by path.
	texts   map[string]string
	options Options
	want    string
}

// runIn runs a check in each of the states.
func runIn(t *testing.T, c Check, states map[string]state) {
	t.Helper()
	for name, s := range states {
		t.Run(name, func(t *testing.T) {
			r := &runContext{cluster: clusterServing(t, s.texts, s.objects...), options: s.options, now: time.Now()}
			expect(t, s.want, c.run(t.Context(), r))
		})
	}
}

// notApplicable is what is wrong where a check has nothing to look at.
var notApplicable = errNotApplicable.Error()

// namespaceOf is a namespace of an extension of Linkerd, or of none.
func namespaceOf(extension, name string) *corev1.Namespace {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if extension != "" {
		namespace.Labels = map[string]string{names.ExtensionLabel: extension}
	}
	return namespace
}

// askingNamespace is linkerd-viz' namespace with the annotation that asks for the sidecar.
func askingNamespace() *corev1.Namespace {
	namespace := namespaceOf(names.VizExtension, "linkerd-viz")
	namespace.Annotations = map[string]string{settings.Inject: "enabled"}
	return namespace
}

// prometheusPod is a pod of linkerd-viz' Prometheus with these containers beside it.
func prometheusPod(beside ...string) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus-1", Labels: viz.PrometheusLabels()},
		Spec:       corev1.PodSpec{ServiceAccountName: "prometheus", Containers: []corev1.Container{{Name: "prometheus"}}},
	}
	for _, name := range beside {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: name})
	}
	return pod
}

// injectorDeployment is the injector's, of a version.
func injectorDeployment(version string) *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: names.Injector, Labels: map[string]string{names.VersionLabel: version}},
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Image: "injector:" + version}}}}},
	}
}

// mutatingConfiguration points to the injector in a namespace, and selects the namespaces
// that are not opted out.
func mutatingConfiguration(namespace string) *admissionv1.MutatingWebhookConfiguration {
	return &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: names.MutatingConfiguration},
		Webhooks: []admissionv1.MutatingWebhook{{
			Name:         "gcm-injector.linkerd.io",
			ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: namespace, Name: names.Injector}},
			NamespaceSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: names.OptOutLabel, Operator: metav1.LabelSelectorOpNotIn, Values: []string{"disabled"}},
			}},
		}},
	}
}

// validatingConfiguration points to the injector in a namespace.
func validatingConfiguration(namespace string) *admissionv1.ValidatingWebhookConfiguration {
	return &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: names.ValidatingConfiguration},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name:              names.ValidatingWebhook,
			ClientConfig:      admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: namespace, Name: names.Injector}},
			NamespaceSelector: &metav1.LabelSelector{},
		}},
	}
}

// clusterServing is a cluster with these objects, whose API server serves these texts, by
// path; an empty one is not found, and all others may not be read.
func clusterServing(t *testing.T, texts map[string]string, objects ...client.Object) *cluster.Reader {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, known := texts[r.URL.Path]
		switch {
		case !known:
			w.WriteHeader(http.StatusForbidden)
		case text == "":
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	discoverer, err := discovery.NewDiscoveryClientForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return cluster.New(fake.NewClientBuilder().WithObjects(objects...).Build(), discoverer)
}

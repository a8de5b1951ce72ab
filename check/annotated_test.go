package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestTheConfigurationIsCheckedWithTheInjectorsFlags has an injector that allows one image,
// and a namespace that names another.
func TestTheConfigurationIsCheckedWithTheInjectorsFlags(t *testing.T) {
	injector := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector"},
		Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Args: []string{"--sidecar-image=registry.example.com/team/sidecar:1", "--allowed-sidecar-images=registry.example.com/team/"},
		}}}}},
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-viz", Annotations: map[string]string{
		settings.Inject: "enabled", settings.ProjectID: "my-project", settings.SidecarImage: "registry.example.com/other:1",
		settings.RecordingRules: "", settings.SidecarConfig: "config",
	}}}
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "config"}, Data: map[string]string{"sidecar.yml": "{}"}}
	r := &runContext{cluster: cluster.New(fake.NewClientBuilder().WithObjects(injector, namespace, config).Build(), nil)}
	expect(t, `POD012: annotation gcm.linkerd.io/sidecar-image of the namespace is "registry.example.com/other:1": the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/`,
		r.lint(t.Context(), lint.Error))

	defaults, err := r.defaults(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"registry.example.com/team/"}, defaults.AllowedImages.Texts()); diff != "" || defaults.SidecarImage != "registry.example.com/team/sidecar:1" {
		t.Errorf("image %q, list (-want +got):\n%s", defaults.SidecarImage, diff)
	}
}

func TestWhatANamespaceNeedsToAsk(t *testing.T) {
	for _, c := range []struct {
		name, image string
		annotations map[string]string
		want        string
	}{
		{"gcm-exporter needs annotations alone", "ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0", nil,
			"namespace viz does not ask for the sidecar: run kubectl annotate namespace viz gcm.linkerd.io/inject=enabled gcm.linkerd.io/project-id=MY-PROJECT"},
		{"Google's sidecar needs ConfigMaps", "registry.example.com/stackdriver-prometheus-sidecar:0.10.1", nil,
			"namespace viz does not ask for the sidecar: run linkerd gcm generate --sidecar stackdriver --viz-namespace viz | kubectl apply --server-side -f -, " +
				"then kubectl annotate namespace viz gcm.linkerd.io/inject=enabled gcm.linkerd.io/project-id=MY-PROJECT"},
		{"the namespace says which one", "registry.example.com/stackdriver-prometheus-sidecar:0.10.1",
			map[string]string{settings.SidecarName: "gcm-exporter"},
			"namespace viz does not ask for the sidecar: run kubectl annotate namespace viz gcm.linkerd.io/inject=enabled gcm.linkerd.io/project-id=MY-PROJECT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			injector := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector"},
				Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Args: []string{"--sidecar-image=" + c.image},
				}}}}},
			}
			viz := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "viz", Annotations: c.annotations, Labels: map[string]string{"linkerd.io/extension": "viz"}}}
			r := &runContext{cluster: cluster.New(fake.NewClientBuilder().WithObjects(injector, viz).Build(), nil)}
			expect(t, c.want, namespacesAsk(t.Context(), r))
		})
	}
}

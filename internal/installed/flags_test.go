package installed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// injector is a Deployment of the injector in a namespace.
func injector(namespace string, args ...string) appsv1.Deployment {
	return appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "gcm-injector", Labels: map[string]string{"linkerd.io/extension": "gcm"}},
		Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "gcm-injector", Args: args}}}}},
	}
}

func withVariables(injector appsv1.Deployment, variables ...corev1.EnvVar) appsv1.Deployment {
	injector.Spec.Template.Spec.Containers[0].Env = variables
	return injector
}

func TestDefaults(t *testing.T) {
	for name, test := range map[string]struct {
		injectors []appsv1.Deployment
		image     string
		allowed   []string
		err       string
	}{
		"no injector": {},
		"no flags":    {injectors: []appsv1.Deployment{injector("a", "--log-level=info")}},
		"an image":    {injectors: []appsv1.Deployment{injector("a", "--sidecar-image=r.example/x:1")}, image: "r.example/x:1"},
		"an image in a variable, as the chart has it": {
			injectors: []appsv1.Deployment{withVariables(injector("a", "--sidecar-image=$(SIDECAR_IMAGE)"),
				corev1.EnvVar{Name: "POD_NAMESPACE", ValueFrom: &corev1.EnvVarSource{}}, corev1.EnvVar{Name: "SIDECAR_IMAGE", Value: "r.example/x:1"})},
			image: "r.example/x:1",
		},
		"images, comma-separated": {
			injectors: []appsv1.Deployment{injector("a", "--allowed-sidecar-images=r.example/x:1,r.example/team/")},
			allowed:   []string{"r.example/x:1", "r.example/team/"},
		},
		"images, one a flag": {
			injectors: []appsv1.Deployment{injector("a", "--allowed-sidecar-images=r.example/x:1", "--allowed-sidecar-images", "r.example/team/")},
			allowed:   []string{"r.example/x:1", "r.example/team/"},
		},
		"two injectors": {
			injectors: []appsv1.Deployment{injector("a", "--sidecar-image=r.example/x:1", "--allowed-sidecar-images=r.example/x:1"), injector("b", "--sidecar-image=r.example/x:2")},
			image:     "r.example/x:2", allowed: []string{"r.example/x:1"},
		},
		"a list that is not valid": {
			injectors: []appsv1.Deployment{injector("a", "--allowed-sidecar-images=")},
			err:       `reading the injector's flag --allowed-sidecar-images: "" is not an image`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := fake.NewClientBuilder().WithLists(&appsv1.DeploymentList{Items: test.injectors}).Build()
			got, err := Defaults(t.Context(), reader)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{}, test.allowed...), got.AllowedImages.Texts()); diff != "" || got.SidecarImage != test.image {
				t.Errorf("image %q, list (-want +got):\n%s", got.SidecarImage, diff)
			}
		})
	}
}

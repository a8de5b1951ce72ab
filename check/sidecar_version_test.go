package check

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestVersionsOfSidecarsAgree(t *testing.T) {
	injected := prometheusPod(stackdriver.Name)
	injected.Annotations = map[string]string{settings.Status: `{"version":"1.0.0"}`}
	// The next pod is what a dry run of this Deployment's template creates. Its record
	// stands for that of the injector.
	next := func(version string) *appsv1.Deployment {
		template := prometheusPod(stackdriver.Name)
		template.Annotations = map[string]string{settings.Status: `{"version":"` + version + `"}`}
		return &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus"},
			Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: template.Labels, Annotations: template.Annotations}, Spec: template.Spec,
			}},
		}
	}
	const upgraded = "pod linkerd-viz/prometheus-1 was injected by version 1.0.0, and the injector is 1.1.0: run kubectl -n linkerd-viz rollout restart"
	runIn(t, sidecarVersionCheck, map[string]state{
		"not injected":                  {objects: []client.Object{askingNamespace(), prometheusPod()}, want: notApplicable},
		"nobody knows the injector's":   {objects: []client.Object{askingNamespace(), injected}, want: notApplicable},
		"the next pod's is the same":    {objects: []client.Object{askingNamespace(), injected, next("1.0.0"), injectorDeployment("1.1.0")}},
		"the next pod's is another one": {objects: []client.Object{askingNamespace(), injected, next("1.1.0")}, want: upgraded},
		"the image's is the same":       {objects: []client.Object{askingNamespace(), injected, injectorDeployment("1.0.0")}},
		"the image's is another one":    {objects: []client.Object{askingNamespace(), injected, injectorDeployment("1.1.0")}, want: upgraded},
	})
}

package live

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Installed and annotated, with neither an image nor a ConfigMap, Prometheus' pod runs
// gcm-exporter from the image that the injector itself runs from.
func TestTheExporterRunsFromTheInjectorsOwnImage(t *testing.T) {
	v := viz{user: newUser(t), chart: newest(t), namespace: fmt.Sprintf("viz%d-own-image", count.Add(1))}
	v.apply(v.manifests(func(object *unstructured.Unstructured) bool { return object.GetKind() == "Namespace" }))
	v.kubectl("", "annotate", "namespace", v.namespace, settings.Inject+"=enabled", settings.ProjectID+"=my-project",
		settings.Location+"=us-central1", settings.ClusterName+"=my-cluster")
	// As everybody is told to do after an installation, which an earlier test may have removed.
	v.awaitCheck("√ the API server reaches the injector", "√ the webhook configurations trust the injector's certificate")
	v.deploy()
	pod := v.prometheus("runs gcm-exporter", runs(string(settings.GCMExporter), "prometheus"))
	want := v.injectors()[0].Spec.Containers[0].Image
	for _, container := range pod.Spec.Containers {
		if container.Name == string(settings.GCMExporter) && container.Image != want {
			t.Errorf("gcm-exporter runs from %s, the injector from %s", container.Image, want)
		}
	}
}

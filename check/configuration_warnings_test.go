package check

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestTheConfigurationHasNoWarnings(t *testing.T) {
	complete := func(more map[string]string) []client.Object {
		namespace := askingNamespace()
		maps.Copy(namespace.Annotations, map[string]string{
			settings.ProjectID: "my-project", settings.SidecarImage: "registry.example.com/linkerd-gcm:v1", settings.RecordingRules: "", settings.SidecarConfig: "config",
			settings.ClusterName: "my-cluster", settings.Location: "us-central1",
		})
		maps.Copy(namespace.Annotations, more)
		config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "config"}, Data: map[string]string{"sidecar.yml": "{}"}}
		return []client.Object{namespace, config}
	}
	runIn(t, configurationWarningsCheck, map[string]state{
		"nobody asks": {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-viz")}, want: notApplicable},
		"no finding":  {objects: complete(nil)},
		"a warning": {
			objects: complete(map[string]string{settings.SidecarImage: "gcr.io/my-project/linkerd-gcm:v1"}),
			want:    "namespace linkerd-viz has 1 warning, which linkerd gcm lint --namespace linkerd-viz shows in full:\nPOD",
		},
		"an error alone": {objects: complete(map[string]string{settings.OnInvalidConfiguration: "maybe"})},
	})

	// It is an error, about which the other check tells.
	runIn(t, configurationCheck, map[string]state{
		"an error":  {objects: complete(map[string]string{settings.OnInvalidConfiguration: "maybe"}), want: "namespace linkerd-viz has 1 error"},
		"a warning": {objects: complete(map[string]string{settings.SidecarImage: "gcr.io/my-project/linkerd-gcm:v1"})},
	})
}

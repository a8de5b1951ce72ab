package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestSidecarsAreOurs(t *testing.T) {
	ours := prometheusPod(stackdriver.Name)
	ours.Annotations = map[string]string{settings.Status: "{}"}
	unwanted := prometheusPod(stackdriver.Name)
	unwanted.Annotations = map[string]string{settings.Inject: "disabled"}
	runIn(t, foreignSidecarCheck, map[string]state{
		"no pod":                  {objects: []client.Object{askingNamespace()}, want: notApplicable},
		"no sidecar":              {objects: []client.Object{askingNamespace(), prometheusPod()}},
		"ours":                    {objects: []client.Object{askingNamespace(), ours}},
		"another's":               {objects: []client.Object{askingNamespace(), prometheusPod(stackdriver.Name)}, want: "pod linkerd-viz/prometheus-1 has a container stackdriver-prometheus-sidecar that linkerd-gcm did not add"},
		"a pod that does not ask": {objects: []client.Object{askingNamespace(), unwanted}, want: notApplicable},
	})
}

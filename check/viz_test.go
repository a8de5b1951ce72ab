package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestVizIsInstalled(t *testing.T) {
	application := Options{Namespace: "application"}
	runIn(t, vizCheck, map[string]state{
		"nowhere":                    {want: "no namespace is labelled linkerd.io/extension=viz"},
		"by its label":               {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-viz")}},
		"by its Prometheus":          {objects: []client.Object{namespaceOf("", "linkerd-viz"), prometheusPod()}},
		"by our annotation":          {objects: []client.Object{askingNamespace()}},
		"not in the namespace named": {objects: []client.Object{namespaceOf("", "application")}, options: application, want: notApplicable},
		"in none of the name":        {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-viz")}, options: application, want: "there is no namespace application"},
	})
}

package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestThereIsOne(t *testing.T) {
	runIn(t, singleCheck, map[string]state{
		"none is labelled": {objects: []client.Object{namespaceOf("", "linkerd-gcm")}, want: notApplicable},
		"one":              {objects: []client.Object{namespaceOf(names.Extension, "linkerd-gcm"), namespaceOf(names.VizExtension, "linkerd-viz")}},
		"two": {
			objects: []client.Object{namespaceOf(names.Extension, "linkerd-gcm"), namespaceOf(names.Extension, "other"), mutatingConfiguration("other")},
			want:    "the namespaces linkerd-gcm, other are all labelled linkerd.io/extension=gcm, and the webhook configurations point to other",
		},
	})
}

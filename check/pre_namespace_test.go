package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestTheNamespaceIsFree(t *testing.T) {
	runIn(t, preNamespaceCheck, map[string]state{
		"none":       {},
		"ours":       {objects: []client.Object{namespaceOf(names.Extension, "linkerd-gcm")}},
		"not marked": {objects: []client.Object{namespaceOf("", "linkerd-gcm")}, want: "namespace linkerd-gcm exists and is not labelled linkerd.io/extension=gcm"},
		"viz'":       {objects: []client.Object{namespaceOf(names.VizExtension, "linkerd-gcm")}, want: "run kubectl label namespace linkerd-gcm linkerd.io/extension=gcm"},
		"another":    {objects: []client.Object{namespaceOf("", "linkerd-viz")}},
	})
}

package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestTheNamespaceExists(t *testing.T) {
	runIn(t, namespaceCheck, map[string]state{
		"none":                     {want: "there is no namespace linkerd-gcm: run linkerd gcm install"},
		"the default one":          {objects: []client.Object{namespaceOf("", "linkerd-gcm")}},
		"the labelled one":         {objects: []client.Object{namespaceOf(names.Extension, "other")}},
		"not that of the webhooks": {objects: []client.Object{namespaceOf(names.Extension, "linkerd-gcm"), mutatingConfiguration("other")}, want: "there is no namespace other"},
	})
}

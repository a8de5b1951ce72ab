package check

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestNamespacesAreSelected(t *testing.T) {
	optedOut := askingNamespace()
	optedOut.Labels[names.OptOutLabel] = "disabled"
	narrow := validatingConfiguration("linkerd-gcm")
	narrow.Webhooks[0].NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}}
	unreadable := validatingConfiguration("linkerd-gcm")
	unreadable.Webhooks[0].NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Like"}}}
	runIn(t, selectedCheck, map[string]state{
		"nobody asks":            {objects: []client.Object{mutatingConfiguration("linkerd-gcm")}, want: notApplicable},
		"selected":               {objects: []client.Object{askingNamespace(), mutatingConfiguration("linkerd-gcm"), validatingConfiguration("linkerd-gcm")}},
		"opted out":              {objects: []client.Object{optedOut, mutatingConfiguration("linkerd-gcm")}, want: "run kubectl label namespace linkerd-viz config.linkerd.io/admission-webhooks-"},
		"left out":               {objects: []client.Object{askingNamespace(), narrow}, want: "the namespaceSelector of webhook gcm-validator.linkerd.io leaves out namespace linkerd-viz"},
		"an unreadable selector": {objects: []client.Object{askingNamespace(), unreadable}, want: "reading the namespaceSelector of webhook gcm-validator.linkerd.io"},
	})
}

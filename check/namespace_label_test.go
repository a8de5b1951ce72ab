package check

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestTheNamespaceIsLabelled(t *testing.T) {
	runIn(t, namespaceLabelCheck, map[string]state{
		"none":          {want: notApplicable},
		"labelled":      {objects: []client.Object{namespaceOf(names.Extension, "linkerd-gcm")}},
		"not labelled":  {objects: []client.Object{namespaceOf("", "linkerd-gcm")}, want: "namespace linkerd-gcm is not labelled linkerd.io/extension=gcm"},
		"another label": {objects: []client.Object{namespaceOf("viz", "linkerd-gcm")}, want: "run kubectl label --overwrite namespace linkerd-gcm linkerd.io/extension=gcm"},
	})
}

func TestJudgeLabels(t *testing.T) {
	namespace := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"a": "1", "b": "2"}}}
	for name, test := range map[string]struct {
		labels []string
		want   string
	}{
		"both":        {[]string{"a=1", "b=2"}, ""},
		"none wanted": {nil, ""},
		"a value":     {[]string{"a=1", "b=3"}, "namespace n is not labelled b=3: run kubectl label --overwrite namespace n b=3"},
		"two":         {[]string{"c=1", "b=3"}, "namespace n is not labelled c=1 and b=3: run kubectl label --overwrite namespace n c=1 b=3"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.want, judgeLabels(namespace, test.labels...)) })
	}
}

package offline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// index has the Namespaces, ConfigMaps and Secrets of the input, those of one name in the order of
// the files.
type index map[key][]positioned

type key struct{ kind, namespace, name string }

func newIndex(objects []positioned) index {
	i := index{}
	for _, o := range objects {
		if isCore(o, "Namespace") || isCore(o, "ConfigMap") || isCore(o, "Secret") {
			k := key{o.GetKind(), o.GetNamespace(), o.GetName()}
			i[k] = append(i[k], o)
		}
	}
	return i
}

// renamed returns the objects under the name that kustomize may have made of another: by a
// hash, of several the last one, or else in another way, of which there must be one only.
func (i index) renamed(wanted key) []positioned {
	var hashed, affixed []key
	for k := range i {
		switch {
		case k.kind != wanted.kind || k.namespace != wanted.namespace:
		case lint.WithoutHash(k.name) == wanted.name:
			hashed = append(hashed, k)
		case wanted.name != viz.ConfigMap && lint.MayBeNamed(k.name, wanted.name):
			affixed = append(affixed, k)
		}
	}
	switch {
	case len(hashed) > 0:
		return i[slices.MaxFunc(hashed, func(a, b key) int { return i.last(a).compare(i.last(b)) })]
	case len(affixed) == 1:
		return i[affixed[0]]
	}
	return nil
}

func (i index) last(k key) positioned { return i[k][len(i[k])-1] }

// compare orders objects by their place in the input.
func (o positioned) compare(other positioned) int {
	return cmp.Or(cmp.Compare(o.file, other.file), cmp.Compare(o.document, other.document), strings.Compare(o.Pointer, other.Pointer))
}

func (i index) namespaces(name string) []positioned { return i[key{"Namespace", "", name}] }

// namespaceReader reads namespaces from the input. It implements inject.NamespaceReader.
type namespaceReader struct {
	index
	overlay map[string]string
}

// NamespaceAnnotations implements inject.NamespaceReader. A chart
// may have a Namespace that the user has written, too: the annotations of both count.
func (r namespaceReader) NamespaceAnnotations(_ context.Context, namespace string) (map[string]string, error) {
	annotations := map[string]string{}
	for _, o := range r.namespaces(namespace) {
		var found corev1.Namespace
		if err := o.decode(&found); err != nil {
			return nil, err
		}
		maps.Copy(annotations, found.Annotations)
	}
	maps.Copy(annotations, r.overlay)
	return annotations, nil
}

// ConfigMap implements inject.NamespaceReader. Of two with one name the last
// one counts, as if they were applied one after the other. Where only kustomize
// has made the name another one, it is that ConfigMap. One that is not in the input may still
// exist.
func (r namespaceReader) ConfigMap(_ context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	wanted := key{"ConfigMap", namespace, name}
	all := r.index[wanted]
	if len(all) == 0 {
		all = r.renamed(wanted)
	}
	if len(all) == 0 {
		return nil, inject.ErrUnavailable
	}
	var found corev1.ConfigMap
	if err := all[len(all)-1].decode(&found); err != nil {
		return nil, err
	}
	return &found, nil
}

// nonStringKey returns a key of a ConfigMap whose value is a map or a list, which happens
// where somebody forgets the bar after the colon.
func (o positioned) nonStringKey() (key string, found bool) {
	if !isCore(o, "ConfigMap") {
		return "", false
	}
	data, _, _ := unstructured.NestedMap(o.Object.Object, "data")
	for _, key := range slices.Sorted(maps.Keys(data)) {
		switch data[key].(type) {
		case map[string]any, []any:
			return key, true
		}
	}
	return "", false
}

func (o positioned) decode(into any) error {
	if key, found := o.nonStringKey(); found {
		return fmt.Errorf("%s: the value of %s is not a string, which a ConfigMap requires; write \"%[2]s: |\" and the file below it", o.place(), key)
	}
	if err := decode(o.Object.Object, into); err != nil {
		return fmt.Errorf("%s: %w", o.place(), err)
	}
	return nil
}

// Package apiserver reads what inject decides by from an API server. It holds no
// cache, and it lists nothing: each call reads one object.
package apiserver

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// NamespaceReader reads live: a cache would lag behind an annotation of a second ago.
type NamespaceReader struct {
	// Client must not read from a cache.
	Client client.Reader
}

// NamespaceAnnotations implements inject.NamespaceReader.
func (r NamespaceReader) NamespaceAnnotations(ctx context.Context, name string) (map[string]string, error) {
	namespace := &corev1.Namespace{}
	if err := r.Client.Get(ctx, types.NamespacedName{Name: name}, namespace); err != nil {
		return nil, err
	}
	return namespace.Annotations, nil
}

// ConfigMap implements inject.NamespaceReader.
func (r NamespaceReader) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	configMap := &corev1.ConfigMap{}
	err := r.Client.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, configMap)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return configMap, nil
}

package apiserver

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
)

var _ inject.NamespaceReader = NamespaceReader{}

func TestNamespaceReader(t *testing.T) {
	reader := NamespaceReader{Client: fake.NewClientBuilder().WithObjects(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "viz", Annotations: map[string]string{"a": "b"}}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "viz", Name: "rules"}, Data: map[string]string{"key": "text"}},
	).Build()}
	if annotations, err := reader.NamespaceAnnotations(t.Context(), "viz"); err != nil || annotations["a"] != "b" {
		t.Errorf("want the annotation, got %v, %v", annotations, err)
	}
	if annotations, err := reader.NamespaceAnnotations(t.Context(), "other"); err == nil {
		t.Errorf("want an error for a namespace that does not exist, got %v", annotations)
	}
	if configMap, err := reader.ConfigMap(t.Context(), "viz", "rules"); err != nil || configMap == nil || configMap.Data["key"] != "text" {
		t.Errorf("want the ConfigMap, got %v, %v", configMap, err)
	}
	if configMap, err := reader.ConfigMap(t.Context(), "viz", "other"); err != nil || configMap != nil {
		t.Errorf("want neither a ConfigMap nor an error, got %v, %v", configMap, err)
	}
}

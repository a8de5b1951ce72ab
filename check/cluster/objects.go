package cluster

import (
	"context"
	"fmt"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// Namespace reads what a namespace has in common with other objects; nil where there is
// none.
func (r *Reader) Namespace(ctx context.Context, name string) (*metav1.PartialObjectMetadata, error) {
	return remember(r, question{what: "Namespace", name: name}, func() (*metav1.PartialObjectMetadata, error) {
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		if found, err := r.read(ctx, types.NamespacedName{Name: name}, "Namespace", namespace); !found {
			return nil, err
		}
		return namespace, nil
	})
}

// Namespaces lists the namespaces of an extension of Linkerd, or all where that is
// empty, without what only the controllers need.
func (r *Reader) Namespaces(ctx context.Context, extension string) ([]metav1.PartialObjectMetadata, error) {
	return remember(r, question{what: "namespaces", name: extension}, func() ([]metav1.PartialObjectMetadata, error) {
		selected := client.MatchingLabels{}
		if extension != "" {
			selected[names.ExtensionLabel] = extension
		}
		var found []metav1.PartialObjectMetadata
		for next := ""; ; {
			list := &metav1.PartialObjectMetadataList{}
			list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NamespaceList"))
			if err := r.list(ctx, list, "namespaces", selected, client.Limit(page), client.Continue(next)); err != nil {
				return nil, err
			}
			found = append(found, list.Items...)
			if next = list.Continue; next == "" {
				return found, nil
			}
		}
	})
}

// Secret reads a Secret; nil where there is none.
func (r *Reader) Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return get[corev1.Secret](ctx, r, namespace, name)
}

// ServiceAccount reads a service account; nil where there is none.
func (r *Reader) ServiceAccount(ctx context.Context, namespace, name string) (*corev1.ServiceAccount, error) {
	return get[corev1.ServiceAccount](ctx, r, namespace, name)
}

// Pods lists the pods with these labels.
func (r *Reader) Pods(ctx context.Context, namespace string, labels map[string]string) ([]corev1.Pod, error) {
	return remember(r, question{"pods", namespace, fmt.Sprint(labels)}, func() ([]corev1.Pod, error) {
		var list corev1.PodList
		err := r.list(ctx, &list, "pods", client.InNamespace(namespace), client.MatchingLabels(labels), client.Limit(page))
		return list.Items, err
	})
}

// Certificates lists cert-manager's Certificates of linkerd-gcm in a namespace.
func (r *Reader) Certificates(ctx context.Context, namespace string) ([]certmanager.Certificate, error) {
	return remember(r, question{what: "certificates", namespace: namespace}, func() ([]certmanager.Certificate, error) {
		var list certmanager.CertificateList
		err := r.list(ctx, &list, "certificates.cert-manager.io", client.InNamespace(namespace),
			client.MatchingLabels{names.ExtensionLabel: names.Extension}, client.Limit(page))
		return list.Items, err
	})
}

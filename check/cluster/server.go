package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ServerVersion returns the version of the API server, such as v1.33.4-gke.1036000.
func (r *Reader) ServerVersion(ctx context.Context) (string, error) {
	return remember(r, question{what: "the server's version"}, func() (string, error) {
		text, err := r.discovery.RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
		if err != nil {
			return "", fmt.Errorf("asking the API server for its version: %w", err)
		}
		var info version.Info
		if err := json.Unmarshal(text, &info); err != nil {
			return "", fmt.Errorf("reading the API server's version: %w", err)
		}
		return info.GitVersion, nil
	})
}

// someNodes is how many nodes are enough to tell where a cluster runs.
const someNodes = 50

// Nodes lists some of the nodes, of which only the labels are read.
func (r *Reader) Nodes(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	return remember(r, question{what: "nodes"}, func() ([]metav1.PartialObjectMetadata, error) {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NodeList"))
		if err := r.list(ctx, list, "nodes", client.Limit(someNodes)); err != nil {
			return nil, err
		}
		return list.Items, nil
	})
}

// MayCreate asks the API server whether the user may create objects of a kind, in a
// namespace, or in the cluster where that is empty. It also returns what the API calls
// these objects, such as deployments.apps.
func (r *Reader) MayCreate(ctx context.Context, kind schema.GroupVersionKind, namespace string) (resource string, allowed bool, err error) {
	mapping, err := r.client.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return "", false, fmt.Errorf("looking for the kind %s: %w", kind.Kind, err)
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: "create", Group: mapping.Resource.Group, Resource: mapping.Resource.Resource,
		},
	}}
	if err := r.client.Create(ctx, review); err != nil {
		return "", false, fmt.Errorf("asking for permissions: %w", err)
	}
	return mapping.Resource.GroupResource().String(), review.Status.Allowed, nil
}

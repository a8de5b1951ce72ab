package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
)

// ours is the label of every object of linkerd-gcm.
const ours = "linkerd.io/extension=gcm"

// installedKind is a kind of object that the chart makes.
type installedKind struct {
	group, version, resource, kind string
}

// installedKinds are in the order in which they are to be deleted: the API
// server must not ask an injector that is going away, and all else goes before
// what it depends on.
var installedKinds = []installedKind{
	{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"},
	{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"},
	{"", "v1", "namespaces", "Namespace"},
	{"apps", "v1", "deployments", "Deployment"},
	{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"},
	{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"},
	{"", "v1", "services", "Service"},
	{"cert-manager.io", "v1", "certificates", "Certificate"},
	{"cert-manager.io", "v1", "issuers", "Issuer"},
	{"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"},
	{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole"},
	{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"},
	{"rbac.authorization.k8s.io", "v1", "roles", "Role"},
	{"", "v1", "serviceaccounts", "ServiceAccount"},
}

// configMaps carry the label, too, but are the user's.
var configMaps = installedKind{"", "v1", "configmaps", "ConfigMap"}

// installedObject says which object it is, in the words of a manifest.
type installedObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace,omitempty"`
	} `json:"metadata"`
}

// list returns all objects of a kind in the cluster that carry our label, none
// where the cluster does not know the kind.
func (k installedKind) list(ctx context.Context, client metadata.Interface) ([]installedObject, error) {
	resource := schema.GroupVersionResource{Group: k.group, Version: k.version, Resource: k.resource}
	found, err := client.Resource(resource).List(ctx, metav1.ListOptions{LabelSelector: ours})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", resource.GroupResource(), err)
	}
	objects := make([]installedObject, 0, len(found.Items))
	for _, item := range found.Items {
		o := installedObject{APIVersion: resource.GroupVersion().String(), Kind: k.kind}
		o.Metadata.Name, o.Metadata.Namespace = item.Name, item.Namespace
		objects = append(objects, o)
	}
	return objects, nil
}

// listInstalled returns what has to be deleted, in order. What lies in a
// namespace that is to be deleted goes with it.
func listInstalled(ctx context.Context, client metadata.Interface) ([]installedObject, error) {
	var all []installedObject
	namespaces := map[string]bool{}
	for _, kind := range installedKinds {
		found, err := kind.list(ctx, client)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if o.Kind == "Namespace" {
				namespaces[o.Metadata.Name] = true
			}
			if !namespaces[o.Metadata.Namespace] {
				all = append(all, o)
			}
		}
	}
	return all, nil
}

// Package installed finds the objects of linkerd-gcm in a cluster, and reads what they
// say of themselves: the injector's flags, and how they were installed. It does not judge
// whether they work, which package check does, and it deletes nothing.
package installed

import (
	"bytes"
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

// selector selects every object of linkerd-gcm.
const selector = names.ExtensionLabel + "=" + names.Extension

// kind is a kind of object that the chart makes.
type kind struct {
	group, version, resource, name string
}

// kinds are in the order in which they are to be deleted: the webhook configurations
// first, so that the API server never asks an injector that has been deleted, and each
// other object before the objects that it depends on.
var kinds = []kind{
	{"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"},
	{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"},
	{"", "v1", "namespaces", "Namespace"},
	{"apps", "v1", "deployments", "Deployment"},
	{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"},
	{"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"},
	{"", "v1", "services", "Service"},
	{"cert-manager.io", "v1", "certificates", "Certificate"},
	{"cert-manager.io", "v1", "issuers", "Issuer"},
	{"monitoring.coreos.com", "v1", "podmonitors", "PodMonitor"},
	{"monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"},
	{"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"},
	{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole"},
	{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"},
	{"rbac.authorization.k8s.io", "v1", "roles", "Role"},
	{"", "v1", "serviceaccounts", "ServiceAccount"},
}

// configMaps have the label, too, but belong to the user.
var configMaps = kind{"", "v1", "configmaps", "ConfigMap"}

// Object names an object, in the form of a manifest.
type Object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace,omitempty"`
	} `json:"metadata"`
}

func (k kind) resourceName() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: k.group, Version: k.version, Resource: k.resource}
}

// list returns all objects of a kind that have our label, none where the cluster does not
// know the kind.
func (k kind) list(ctx context.Context, client metadata.Interface) ([]metav1.PartialObjectMetadata, error) {
	resource := k.resourceName()
	found, err := client.Resource(resource).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", resource.GroupResource(), err)
	}
	return found.Items, nil
}

// object names an object of the kind.
func (k kind) object(item metav1.PartialObjectMetadata) Object {
	o := Object{APIVersion: k.resourceName().GroupVersion().String(), Kind: k.name}
	o.Metadata.Name, o.Metadata.Namespace = item.Name, item.Namespace
	return o
}

// List returns the objects that an uninstallation deletes, in the order in which it has to
// delete them. Objects in a namespace that is deleted with them are left out, and so is
// what is being deleted already: kubectl would fail where it is gone a moment later.
func List(ctx context.Context, client metadata.Interface) ([]Object, error) {
	var all []Object
	namespaces := map[string]bool{}
	for _, k := range kinds {
		found, err := k.list(ctx, client)
		if err != nil {
			return nil, err
		}
		for _, item := range found {
			if k.name == "Namespace" {
				namespaces[item.Name] = true
			}
			if item.DeletionTimestamp == nil && !namespaces[item.Namespace] {
				all = append(all, k.object(item))
			}
		}
	}
	return all, nil
}

// ConfigMaps returns the ConfigMaps with recording rules and configurations of the
// sidecar, which an uninstallation does not delete.
func ConfigMaps(ctx context.Context, client metadata.Interface) ([]Object, error) {
	found, err := configMaps.list(ctx, client)
	if err != nil {
		return nil, err
	}
	objects := make([]Object, 0, len(found))
	for _, item := range found {
		objects = append(objects, configMaps.object(item))
	}
	return objects, nil
}

// Manifest writes objects in YAML, as kubectl delete reads them.
func Manifest(objects []Object) ([]byte, error) {
	var out bytes.Buffer
	for _, o := range objects {
		text, err := yaml.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("writing %s %s: %w", o.Kind, o.Metadata.Name, err)
		}
		fmt.Fprintf(&out, "---\n%s", text)
	}
	return out.Bytes(), nil
}

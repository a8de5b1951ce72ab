package check

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

var beforeChecks = []Check{
	{
		ID: "pre-namespace", Category: beforeCategory, Severity: Error, Stage: Before,
		Description: "the namespace is free for linkerd-gcm",
		Means:       "There is a namespace of that name, and it is not labelled as linkerd-gcm's: perhaps it is somebody else's.",
		Do:          "Label it, or have Helm install to another one.",
		run:         namespaceIsFree,
	},
	{
		ID: "pre-webhooks", Category: beforeCategory, Severity: Error, Stage: Before,
		Description: "no webhook configuration leads elsewhere",
		Means:       "A linkerd-gcm in another namespace has the webhook configurations, which have one name in a cluster.",
		Do:          "Uninstall the other one first.",
		run:         webhooksAreFree,
	},
	{
		ID: "pre-permissions", Category: beforeCategory, Severity: Error, Stage: Before,
		Description: "you may create what is to be installed",
		Means:       "`kubectl apply` would be refused halfway.",
		Do:          "Ask a cluster administrator to install it.",
		run:         mayInstall,
	},
}

func namespaceIsFree(ctx context.Context, e *examination) error {
	namespace, err := e.namespace(ctx, manifests.DefaultNamespace)
	if err != nil || namespace == nil || namespace.Labels[extensionLabel] == "gcm" {
		return err
	}
	return fmt.Errorf("namespace %s exists and is not labelled %s=gcm: if it is for linkerd-gcm, run kubectl label namespace %[1]s %[2]s=gcm",
		namespace.Name, extensionLabel)
}

func webhooksAreFree(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err = cmp.Or(err, i.unread); err != nil {
		return err
	}
	for _, w := range i.webhooks() {
		if w.service != "" && w.service != manifests.DefaultNamespace {
			return fmt.Errorf("webhook %s leads to namespace %s: run linkerd gcm uninstall | kubectl delete -f - first", w.name, w.service)
		}
	}
	return nil
}

// mayInstall asks the API server about each kind of object that the chart makes.
func mayInstall(ctx context.Context, e *examination) error {
	rendered, err := manifests.Render(manifests.Options{})
	if err != nil {
		return err
	}
	var problems []string
	asked := map[string]bool{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(rendered), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return all(problems)
		} else if err != nil {
			return fmt.Errorf("reading the chart's objects: %w", err)
		}
		kind := object.GroupVersionKind()
		if len(object.Object) == 0 || asked[kind.Kind+object.GetNamespace()] {
			continue
		}
		asked[kind.Kind+object.GetNamespace()] = true
		mapping, err := e.client.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return fmt.Errorf("looking for the kind %s: %w", kind.Kind, err)
		}
		allowed, err := e.may(ctx, "create", mapping, object.GetNamespace())
		if err != nil {
			return err
		}
		if !allowed {
			problems = append(problems, strings.TrimSpace("you may not create "+mapping.Resource.GroupResource().String()+inNamespace(object.GetNamespace())))
		}
	}
}

func inNamespace(name string) string {
	if name == "" {
		return ""
	}
	return " in namespace " + name
}

// may asks the API server whether whoever asks may do something.
func (c *cluster) may(ctx context.Context, verb string, what *meta.RESTMapping, namespace string) (bool, error) {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: verb, Group: what.Resource.Group, Resource: what.Resource.Resource,
		},
	}}
	if err := c.client.Create(ctx, review); err != nil {
		return false, fmt.Errorf("asking for permissions: %w", err)
	}
	return review.Status.Allowed, nil
}

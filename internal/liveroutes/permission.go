package liveroutes

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	authorization "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// What Prometheus lists and watches to find targets: pods for its role pod, and what a
// ServiceMonitor becomes (prometheus/discovery/kubernetes).
var (
	podsOnly       = []schema.GroupResource{{Resource: "pods"}}
	endpoints      = []schema.GroupResource{{Resource: "services"}, {Resource: "endpoints"}, {Resource: "pods"}}
	endpointSlices = []schema.GroupResource{{Resource: "services"}, {Group: "discovery.k8s.io", Resource: "endpointslices"}, {Resource: "pods"}}
)

// checkPermission asks whether the service account of a request may find targets.
func (c *Cluster) checkPermission(ctx context.Context, r routes.Request, namespace string, resources []schema.GroupResource, all *results) {
	user := "system:serviceaccount:" + r.Scraper.Namespace + ":" + r.Scraper.ServiceAccount
	missing, err := c.missing(ctx, r.Scraper, namespace, resources)
	where := "in namespace " + namespace
	if namespace == "" {
		where = "in all namespaces"
	}
	var names []string
	for _, resource := range resources {
		names = append(names, resource.Resource)
	}
	switch wanted := "list and watch " + strings.Join(names, ", "); {
	case err != nil:
		all.add(Doubtful, "", "whether %s may %s %s is not known: %s", user, wanted, where, err)
	case len(missing) > 0:
		all.add(Fails, r.Apply(), "%s may not %s %s: it finds no targets", user, strings.Join(missing, ", "), where)
	default:
		all.add(Works, "", "%s may %s %s", user, wanted, where)
	}
}

// missing are the permissions to list and watch resources that a service account has not.
func (c *Cluster) missing(ctx context.Context, s routes.Scraper, namespace string, resources []schema.GroupResource) (missing []string, err error) {
	for _, resource := range resources {
		for _, verb := range []string{"list", "watch"} {
			allowed, err := c.may(ctx, s, authorization.ResourceAttributes{Verb: verb, Group: resource.Group, Resource: resource.Resource, Namespace: namespace})
			if err != nil {
				return nil, err
			}
			if !allowed {
				missing = append(missing, verb+" "+resource.Resource)
			}
		}
	}
	return missing, nil
}

// may asks whether a service account may do something.
func (c *Cluster) may(ctx context.Context, s routes.Scraper, what authorization.ResourceAttributes) (bool, error) {
	review := authorization.SubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SubjectAccessReview"},
		Spec: authorization.SubjectAccessReviewSpec{
			User:               "system:serviceaccount:" + s.Namespace + ":" + s.ServiceAccount,
			Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + s.Namespace, "system:authenticated"},
			ResourceAttributes: &what,
		},
	}
	question, err := json.Marshal(&review)
	if err != nil {
		return false, fmt.Errorf("asking about a permission: %w", err)
	}
	text, err := c.client.Post().AbsPath("/apis/authorization.k8s.io/v1/subjectaccessreviews").
		SetHeader("Content-Type", "application/json").Body(question).DoRaw(ctx)
	if err != nil {
		return false, fmt.Errorf("asking about a permission: %w", err)
	}
	if err := json.Unmarshal(text, &review); err != nil {
		return false, fmt.Errorf("asking about a permission: %w", err)
	}
	return review.Status.Allowed, nil
}

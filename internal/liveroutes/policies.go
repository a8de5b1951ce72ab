package liveroutes

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
)

const policyObjects = "/apis/" + linkerdpolicy.APIGroup + "/"

// serverVersions are the versions of Linkerd's Server, the newest first, and routeVersions those
// of HTTPRoutes, by their group.
var (
	serverVersions = []string{"v1beta3", "v1beta2", "v1beta1"}
	routeVersions  = map[string][]string{linkerdpolicy.APIGroup: {"v1beta3", "v1beta2", "v1beta1", "v1alpha1"}, "gateway.networking.k8s.io": {"v1", "v1beta1"}}
)

// policies reads all policies of a namespace, or of all where it is "", with what they refer to,
// and which version of Server the cluster knows.
func (c *Cluster) policies(ctx context.Context, namespace string) (s linkerdpolicy.Set, version string, err error) {
	in := ""
	if namespace != "" {
		in = "/namespaces/" + namespace
	}
	for _, candidate := range serverVersions {
		var known bool
		if s.Servers, known, err = list[linkerdpolicy.Server](ctx, c, policyObjects+candidate+in+"/servers", ""); err != nil {
			return s, "", err
		}
		if known {
			version = candidate
			break
		}
	}
	if version == "" || len(s.Servers) == 0 {
		return s, version, nil
	}
	if s.ServerAuthorizations, _, err = list[linkerdpolicy.ServerAuthorization](ctx, c, policyObjects+"v1beta1"+in+"/serverauthorizations", ""); err != nil {
		return s, "", err
	}
	if s.Policies, _, err = list[linkerdpolicy.AuthorizationPolicy](ctx, c, policyObjects+"v1alpha1"+in+"/authorizationpolicies", ""); err != nil {
		return s, "", err
	}
	return s, version, c.addReferred(ctx, &s)
}

// addReferred adds what policies refer to.
func (c *Cluster) addReferred(ctx context.Context, s *linkerdpolicy.Set) (err error) {
	referred := s.Referred()
	if s.Networks, err = readReferred[linkerdpolicy.NetworkAuthentication](ctx, c, s, referred, "NetworkAuthentication", "networkauthentications"); err != nil {
		return err
	}
	if s.MeshTLS, err = readReferred[linkerdpolicy.MeshTLSAuthentication](ctx, c, s, referred, "MeshTLSAuthentication", "meshtlsauthentications"); err != nil {
		return err
	}
	return c.addRoutes(ctx, s, referred)
}

// readReferred reads those objects of a kind that are referred to: all of them at once or, by who
// may not read all namespaces, one by one. What may not be read is noted in the set.
func readReferred[T any](
	ctx context.Context, c *Cluster, s *linkerdpolicy.Set, referred []linkerdpolicy.Reference, kind, resource string,
) (all []T, err error) {
	referred = ofKind(referred, kind)
	if len(referred) == 0 {
		return nil, nil
	}
	if all, _, err = list[T](ctx, c, policyObjects+"v1alpha1/"+resource, ""); !apierrors.IsForbidden(err) {
		return all, err
	}
	for _, r := range referred {
		var one T
		found, err := c.get(ctx, policyObjects+"v1alpha1/namespaces/"+r.Namespace+"/"+resource+"/"+r.Name, &one)
		switch {
		case apierrors.IsForbidden(err):
			s.Unread = append(s.Unread, r)
		case err != nil:
			return nil, err
		case found:
			all = append(all, one)
		}
	}
	return all, nil
}

// addRoutes adds the HTTPRoutes that policies refer to, with the others of their namespaces.
func (c *Cluster) addRoutes(ctx context.Context, s *linkerdpolicy.Set, referred []linkerdpolicy.Reference) error {
	type place struct{ group, namespace string }
	unread := map[place]bool{}
	for _, r := range ofKind(referred, linkerdpolicy.RouteKind) {
		at := place{r.Group, r.Namespace}
		if _, read := unread[at]; !read {
			routes, err := c.routes(ctx, at.group, at.namespace)
			if err != nil && !apierrors.IsForbidden(err) {
				return err
			}
			s.Routes = append(s.Routes, routes...)
			unread[at] = err != nil
		}
		if unread[at] {
			s.Unread = append(s.Unread, r)
		}
	}
	return nil
}

// routes reads the HTTPRoutes of a namespace.
func (c *Cluster) routes(ctx context.Context, group, namespace string) ([]linkerdpolicy.Route, error) {
	for _, version := range routeVersions[group] {
		found, known, err := list[linkerdpolicy.Route](ctx, c, "/apis/"+group+"/"+version+"/namespaces/"+namespace+"/httproutes", "")
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].Group = group
		}
		if known {
			return found, nil
		}
	}
	return nil, nil
}

func ofKind(all []linkerdpolicy.Reference, kind string) []linkerdpolicy.Reference {
	var found []linkerdpolicy.Reference
	for _, r := range all {
		if r.Kind == kind {
			found = append(found, r)
		}
	}
	return found
}

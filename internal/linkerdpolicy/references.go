package linkerdpolicy

import (
	"cmp"
	"slices"
)

// RouteKind is the kind of Routes.
const RouteKind = "HTTPRoute"

func (r Route) of(server Server) bool {
	return slices.ContainsFunc(r.Spec.Parents, func(parent Reference) bool {
		return parent.Kind == "Server" && parent.Name == server.Name && cmp.Or(parent.Namespace, r.Namespace) == server.Namespace
	})
}

// unread reports whether an object could not be read.
func (s Set) unread(object Reference) bool { return slices.Contains(s.Unread, object) }

// Referred returns what policies of a set refer to, each once and with its namespace: routes, and
// the kinds of authentications that are objects.
func (s Set) Referred() []Reference {
	var all []Reference
	add := func(r Reference, namespace string) {
		r.Namespace = cmp.Or(r.Namespace, namespace)
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for _, p := range s.Policies {
		if p.Spec.TargetRef.Kind == RouteKind {
			add(p.Spec.TargetRef, p.Namespace)
		}
		for _, required := range p.Spec.Required {
			if required.Kind == "NetworkAuthentication" || required.Kind == "MeshTLSAuthentication" {
				add(required, p.Namespace)
			}
		}
	}
	return all
}

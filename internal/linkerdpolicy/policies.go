// Package linkerdpolicy says whom Linkerd's policies let use a port, as far as the objects
// of a cluster tell: Servers, AuthorizationPolicies with what they refer to, and the older
// ServerAuthorizations.
//
// It reads no cluster, and knows nothing of what is behind the port.
package linkerdpolicy

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// APIGroup is the group of all of them.
const APIGroup = "policy.linkerd.io"

// Set is all policies of some namespaces.
type Set struct {
	Servers              []Server
	Policies             []AuthorizationPolicy
	ServerAuthorizations []ServerAuthorization
	Networks             []NetworkAuthentication
	MeshTLS              []MeshTLSAuthentication
	Routes               []Route
	// Unread are what policies refer to and may not be read.
	Unread []Reference
}

// Server is a port of pods that is closed to all whom no policy lets in
// (policy.linkerd.io, since Linkerd 2.11).
type Server struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		PodSelector *metav1.LabelSelector `json:"podSelector"`
		Port        intstr.IntOrString    `json:"port"`
		// AccessPolicy is for those whom no policy lets in, since Linkerd 2.16; "deny" where
		// it is not set.
		AccessPolicy string `json:"accessPolicy"`
	} `json:"spec"`
}

// Reference names another object.
type Reference struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

func (r Reference) String() string { return r.Kind + " " + r.Namespace + "/" + r.Name }

// AuthorizationPolicy lets in whoever meets all of its requirements (since Linkerd 2.12).
type AuthorizationPolicy struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		TargetRef Reference   `json:"targetRef"`
		Required  []Reference `json:"requiredAuthenticationRefs"`
	} `json:"spec"`
}

// Network is a network without parts of it.
type Network struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except"`
}

// NetworkAuthentication is met by clients with an address in a network.
type NetworkAuthentication struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Networks []Network `json:"networks"`
	} `json:"spec"`
}

// MeshTLSAuthentication is met by meshed clients.
type MeshTLSAuthentication struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Identities   []string    `json:"identities"`
		IdentityRefs []Reference `json:"identityRefs"`
	} `json:"spec"`
}

// Route is an HTTPRoute, of Linkerd's own group or of the Gateway API's: some of the paths of its
// parents.
type Route struct {
	metav1.ObjectMeta `json:"metadata"`

	// Group is that of the kind.
	Group string `json:"-"`
	Spec  struct {
		Parents []Reference `json:"parentRefs"`
	} `json:"spec"`
}

// ServerAuthorization is what there was before AuthorizationPolicy.
type ServerAuthorization struct {
	metav1.ObjectMeta `json:"metadata"`

	Spec struct {
		Server struct {
			Name     string                `json:"name"`
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"server"`
		Client struct {
			Unauthenticated bool      `json:"unauthenticated"`
			Networks        []Network `json:"networks"`
			MeshTLS         *struct {
				UnauthenticatedTLS bool        `json:"unauthenticatedTLS"`
				Identities         []string    `json:"identities"`
				ServiceAccounts    []Reference `json:"serviceAccounts"`
			} `json:"meshTLS"`
		} `json:"client"`
	} `json:"spec"`
}

// A Port is a port of a pod.
type Port struct {
	Namespace string
	// Labels are those of the pod.
	Labels map[string]string
	Number int
	// Name is what the container calls it; "" for none.
	Name string
}

// ServersOf returns the Servers that select a port, the oldest first.
func (s Set) ServersOf(p Port) []Server {
	var found []Server
	for _, server := range s.Servers {
		if server.Namespace == p.Namespace && server.of(p) {
			found = append(found, server)
		}
	}
	slices.SortStableFunc(found, func(a, b Server) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return found
}

func (s Server) of(p Port) bool {
	if s.Spec.PodSelector == nil || !selects(s.Spec.PodSelector, p.Labels) {
		return false
	}
	if s.Spec.Port.Type == intstr.String {
		return s.Spec.Port.StrVal == p.Name
	}
	return s.Spec.Port.IntValue() == p.Number
}

// selects reports whether a selector selects an object with these labels. One that is not
// valid selects nothing.
func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(of))
}

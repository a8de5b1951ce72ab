package linkerdpolicy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
)

// A Client is who connects: a meshed pod, known by its service account, or whoever has an
// address in one of the networks. The zero Client is unmeshed, with an address that is not
// known.
type Client struct {
	ServiceAccount, Namespace string
	Networks                  []netip.Prefix
}

// A Grant is a policy that may let a client in.
type Grant struct {
	// Kind, Namespace and Name are those of the policy.
	Kind, Namespace, Name string
	// CreatedBy is what has made it, by Linkerd's annotation; "" where that is missing. Whoever
	// copies a policy copies it as well, and so says no more than where its text is from.
	CreatedBy string
	// Remedy is the command by which it no longer lets in everybody, where deleting it would do
	// harm; else "".
	Remedy string
	// Admits is Yes where the client is let in, and Depends where that depends on its
	// address, on the path that it asks for, or on what could not be found.
	Admits answer.Answer
	// Why says on what it depends.
	Why string
}

func (g Grant) String() string { return fmt.Sprintf("%s %s/%s", g.Kind, g.Namespace, g.Name) }

// Command returns the command by which the policy no longer lets anybody in. A Server stays,
// since without it the default policy of the mesh decides.
func (g Grant) Command() string {
	if g.Remedy != "" {
		return g.Remedy
	}
	kind := strings.ToLower(g.Kind) + "." + APIGroup
	if g.Kind == "Server" {
		return fmt.Sprintf("kubectl --namespace %s edit %s %s, and set accessPolicy to deny", g.Namespace, kind, g.Name)
	}
	return fmt.Sprintf("kubectl --namespace %s delete %s %s", g.Namespace, kind, g.Name)
}

// CreatedBy is the annotation by which Linkerd says what has made an object: a way to
// install, a space, and a version.
const CreatedBy = "linkerd.io/created-by"

// Admits answers whether a client is let in by a Server, and lists the policies that let it
// in or may do so.
func (s Set) Admits(server Server, c Client) (answer.Answer, []Grant) {
	var grants []Grant
	for _, p := range s.Policies {
		if s.targets(p, server) {
			admits, why := s.meets(p, c)
			grants = add(grants, grantOf("AuthorizationPolicy", p.ObjectMeta, admits, why))
		}
	}
	for _, a := range s.ServerAuthorizations {
		if a.targets(server) {
			grants = add(grants, grantOf("ServerAuthorization", a.ObjectMeta, a.admits(c), "the client's address"))
		}
	}
	if access := server.Spec.AccessPolicy; access != "" && access != "deny" {
		admits := answer.Depends
		if access == "all-unauthenticated" || access == "audit" || access == "all-authenticated" && c.ServiceAccount != "" {
			admits = answer.Yes
		}
		grants = append(grants, grantOf("Server", server.ObjectMeta, admits, "its accessPolicy "+access))
	}
	all := answer.No
	for _, g := range grants {
		all = max(all, g.Admits)
	}
	return all, grants
}

// Everybody returns the policies of a Server that let in everybody, whoever and wherever.
func (s Set) Everybody(server Server) []Grant {
	var open []Grant
	_, grants := s.Admits(server, Client{})
	for _, g := range grants {
		if g.Admits == answer.Yes {
			open = append(open, g)
		}
	}
	return open
}

func grantOf(kind string, of metav1.ObjectMeta, admits answer.Answer, why string) Grant {
	return Grant{Kind: kind, Namespace: of.Namespace, Name: of.Name, CreatedBy: of.Annotations[CreatedBy], Admits: admits, Why: why}
}

func add(grants []Grant, g Grant) []Grant {
	if g.Admits == answer.No {
		return grants
	}
	if g.Admits == answer.Yes {
		g.Why = ""
	}
	return append(grants, g)
}

// targets reports whether a policy is for a Server, or for some of its paths.
func (s Set) targets(p AuthorizationPolicy, server Server) bool {
	if p.Namespace != server.Namespace {
		return false
	}
	switch t := p.Spec.TargetRef; t.Kind {
	case "Server":
		return t.Name == server.Name
	case "Namespace":
		return t.Name == server.Namespace
	case RouteKind:
		t.Namespace = p.Namespace
		return s.unread(t) || slices.ContainsFunc(s.Routes, func(r Route) bool {
			return r.Group == t.Group && r.Namespace == t.Namespace && r.Name == t.Name && r.of(server)
		})
	}
	return false
}

// meets answers whether a client meets all requirements of a policy.
func (s Set) meets(p AuthorizationPolicy, c Client) (meets answer.Answer, why string) {
	meets = answer.Yes
	for _, required := range p.Spec.Required {
		required.Namespace = cmp.Or(required.Namespace, p.Namespace)
		one, reason := s.authenticates(required, c)
		if one != answer.Yes {
			why = reason
		}
		meets = min(meets, one)
	}
	if t := p.Spec.TargetRef; t.Kind == RouteKind {
		t.Namespace = p.Namespace
		if s.unread(t) {
			return min(meets, answer.Depends), t.String() + ", which may not be read"
		}
		return min(meets, answer.Depends), "the path of HTTPRoute " + t.Name
	}
	return meets, why
}

func (s Set) authenticates(required Reference, c Client) (met answer.Answer, why string) {
	switch required.Kind {
	case "ServiceAccount":
		return yes(c.is(required)), ""
	case "NetworkAuthentication":
		for _, n := range s.Networks {
			if n.Namespace == required.Namespace && n.Name == required.Name {
				return c.within(n.Spec.Networks), "the client's address"
			}
		}
	case "MeshTLSAuthentication":
		for _, m := range s.MeshTLS {
			if m.Namespace == required.Namespace && m.Name == required.Name {
				return m.admits(c), "the client's trust domain"
			}
		}
	}
	if s.unread(required) {
		return answer.Depends, required.String() + ", which may not be read"
	}
	return answer.Depends, required.String() + ", which was not found"
}

func (c Client) is(account Reference) bool {
	return c.ServiceAccount != "" && c.ServiceAccount == account.Name && c.Namespace == account.Namespace
}

func (m MeshTLSAuthentication) admits(c Client) answer.Answer {
	if c.ServiceAccount == "" {
		return answer.No
	}
	admits := answer.No
	for _, r := range m.Spec.IdentityRefs {
		if r.Namespace == "" {
			r.Namespace = m.Namespace
		}
		admits = max(admits, yes(r.Kind == "ServiceAccount" && c.is(r) || r.Kind == "Namespace" && (r.Name == c.Namespace || r.Name == "" && r.Namespace == c.Namespace)))
	}
	for _, identity := range m.Spec.Identities {
		admits = max(admits, c.named(identity))
	}
	return admits
}

// named answers whether an identity is the client's: the name, the namespace, and then
// serviceaccount.identity with the namespace of Linkerd and the trust domain, which are not
// known here.
func (c Client) named(identity string) answer.Answer {
	own := c.ServiceAccount + "." + c.Namespace + ".serviceaccount.identity."
	rest, wild := strings.CutPrefix(identity, "*")
	switch {
	case identity == "*" || strings.HasPrefix(identity, own):
		return answer.Yes
	case !wild:
		return answer.No
	case strings.HasPrefix(rest, "."+c.Namespace+".serviceaccount.identity.") || strings.HasPrefix(rest, ".serviceaccount.identity."):
		return answer.Yes
	case strings.Contains(rest, ".serviceaccount."):
		return answer.No
	}
	return answer.Depends
}

// within answers whether the client's address is in one of some networks.
func (c Client) within(networks []Network) answer.Answer {
	met := answer.No
	for _, n := range networks {
		cidr, err := netip.ParsePrefix(n.CIDR)
		if err != nil {
			address, err := netip.ParseAddr(n.CIDR)
			if err != nil {
				continue
			}
			cidr = netip.PrefixFrom(address, address.BitLen())
		}
		one := c.in(cidr)
		if one == answer.Yes && len(n.Except) > 0 {
			one = answer.Depends
		}
		met = max(met, one)
	}
	return met
}

func (c Client) in(cidr netip.Prefix) answer.Answer {
	if cidr.Bits() == 0 {
		return answer.Yes
	}
	if len(c.Networks) == 0 {
		return answer.Depends
	}
	met := answer.Yes // each of them has to be
	for _, own := range c.Networks {
		switch {
		case cidr.Contains(own.Addr()) && cidr.Bits() <= own.Bits():
		case cidr.Overlaps(own):
			met = min(met, answer.Depends)
		default:
			met = answer.No
		}
	}
	return met
}

func (a ServerAuthorization) targets(server Server) bool {
	if a.Namespace != server.Namespace {
		return false
	}
	if of := a.Spec.Server; of.Selector != nil {
		return selects(of.Selector, server.Labels)
	}
	return a.Spec.Server.Name == server.Name
}

func (a ServerAuthorization) admits(c Client) answer.Answer {
	client := a.Spec.Client
	address := answer.Yes // of no network, all are meant
	if len(client.Networks) > 0 {
		address = c.within(client.Networks)
	}
	if client.Unauthenticated {
		return address
	}
	tls := client.MeshTLS
	if tls == nil || c.ServiceAccount == "" {
		return answer.No
	}
	identity := yes(tls.UnauthenticatedTLS)
	for _, account := range tls.ServiceAccounts {
		if account.Namespace == "" {
			account.Namespace = a.Namespace
		}
		identity = max(identity, yes(c.is(account)))
	}
	for _, name := range tls.Identities {
		identity = max(identity, c.named(name))
	}
	return min(address, identity)
}

func yes(is bool) answer.Answer {
	if is {
		return answer.Yes
	}
	return answer.No
}

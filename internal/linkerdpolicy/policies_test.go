package linkerdpolicy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
)

// parse reads policies, one YAML document each.
func parse(t *testing.T, text string) Set {
	t.Helper()
	var s Set
	for document := range strings.SplitSeq(text, "\n---\n") {
		var kind struct{ Kind string }
		unmarshal(t, document, &kind)
		switch kind.Kind {
		case "Server":
			s.Servers = append(s.Servers, unmarshal(t, document, &Server{}))
		case "AuthorizationPolicy":
			s.Policies = append(s.Policies, unmarshal(t, document, &AuthorizationPolicy{}))
		case "ServerAuthorization":
			s.ServerAuthorizations = append(s.ServerAuthorizations, unmarshal(t, document, &ServerAuthorization{}))
		case "NetworkAuthentication":
			s.Networks = append(s.Networks, unmarshal(t, document, &NetworkAuthentication{}))
		case "MeshTLSAuthentication":
			s.MeshTLS = append(s.MeshTLS, unmarshal(t, document, &MeshTLSAuthentication{}))
		case RouteKind:
			s.Routes = append(s.Routes, unmarshal(t, document, &Route{Group: APIGroup}))
		default:
			t.Fatalf("kind %q", kind.Kind)
		}
	}
	return s
}

func unmarshal[T any](t *testing.T, text string, into *T) T {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
	return *into
}

const server = `
kind: Server
metadata: {namespace: viz, name: prometheus-admin, labels: {linkerd.io/extension: viz}}
spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1}`

func policy(target, required string) string {
	return "\n---\nkind: AuthorizationPolicy\nmetadata: {namespace: viz, name: p}\nspec: {targetRef: " + target + ", requiredAuthenticationRefs: " + required + "}"
}

const ofServer = "{group: policy.linkerd.io, kind: Server, name: prometheus-admin}"

func authentications(more string) string {
	return `
---
kind: NetworkAuthentication
metadata: {namespace: viz, name: n}
spec: ` + more + `
---
kind: MeshTLSAuthentication
metadata: {namespace: viz, name: m}
spec: ` + more
}

func TestWhoIsLetIn(t *testing.T) {
	const (
		network = "[{group: policy.linkerd.io, kind: NetworkAuthentication, name: n}]"
		meshTLS = "[{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}]"
		account = "[{kind: ServiceAccount, name: prometheus, namespace: monitoring}]"
		every   = "{networks: [{cidr: 0.0.0.0/0}, {cidr: '::/0'}]}"
	)
	const ofRoute = "{group: policy.linkerd.io, kind: HTTPRoute, name: metrics}"
	route := func(server string) string {
		return "\n---\nkind: HTTPRoute\nmetadata: {namespace: viz, name: metrics}\nspec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: " + server + "}]}"
	}
	authorization := func(client string) string {
		return "\n---\nkind: ServerAuthorization\nmetadata: {namespace: viz, name: a}\nspec: {server: {name: prometheus-admin}, client: " + client + "}"
	}
	const y, n, d = answer.Yes, answer.No, answer.Depends
	for name, test := range map[string]struct {
		policies string
		// meshed is prometheus in monitoring, near has an address in 10.8.0.0/14.
		meshed, near, unknown answer.Answer
	}{
		"nobody":                             {"", n, n, n},
		"another account":                    {policy(ofServer, "[{kind: ServiceAccount, name: metrics-api}]"), n, n, n},
		"the account":                        {policy(ofServer, account), y, n, n},
		"the account, of the namespace":      {policy("{kind: Namespace, name: viz}", account), y, n, n},
		"another Server's":                   {policy("{kind: Server, name: other}", account), n, n, n},
		"a route":                            {policy(ofRoute, account) + route("prometheus-admin"), d, n, n},
		"a route of another Server":          {policy(ofRoute, account) + route("other"), n, n, n},
		"a route that is not there":          {policy(ofRoute, account), n, n, n},
		"a route of another group":           {policy("{group: gateway.networking.k8s.io, kind: HTTPRoute, name: metrics}", account) + route("prometheus-admin"), n, n, n},
		"without requirements":               {policy(ofServer, "[]"), y, y, y},
		"everybody":                          {policy(ofServer, network) + authentications(every), y, y, y},
		"a network":                          {policy(ofServer, network) + authentications("{networks: [{cidr: 10.0.0.0/8}]}"), d, y, d},
		"a part of the network":              {policy(ofServer, network) + authentications("{networks: [{cidr: 10.9.0.0/16}]}"), d, d, d},
		"a network without a part":           {policy(ofServer, network) + authentications("{networks: [{cidr: 10.0.0.0/8, except: [10.9.0.0/16]}]}"), d, d, d},
		"another network":                    {policy(ofServer, network) + authentications("{networks: [{cidr: 192.168.0.1}]}"), d, n, d},
		"what is not there":                  {policy(ofServer, network), d, d, d},
		"a network and the account":          {policy(ofServer, network[:len(network)-1]+", "+account[1:]) + authentications(every), y, n, n},
		"all that are meshed":                {policy(ofServer, meshTLS) + authentications(`{identities: ["*"]}`), y, n, n},
		"an identity":                        {policy(ofServer, meshTLS) + authentications(`{identities: [prometheus.monitoring.serviceaccount.identity.linkerd.cluster.local]}`), y, n, n},
		"another identity":                   {policy(ofServer, meshTLS) + authentications(`{identities: [web.monitoring.serviceaccount.identity.linkerd.cluster.local]}`), n, n, n},
		"identities of the namespace":        {policy(ofServer, meshTLS) + authentications(`{identities: ["*.monitoring.serviceaccount.identity.linkerd.cluster.local"]}`), y, n, n},
		"identities of another namespace":    {policy(ofServer, meshTLS) + authentications(`{identities: ["*.shop.serviceaccount.identity.linkerd.cluster.local"]}`), n, n, n},
		"a trust domain":                     {policy(ofServer, meshTLS) + authentications(`{identities: ["*.cluster.local"]}`), d, n, n},
		"a reference to the account":         {policy(ofServer, meshTLS) + authentications(`{identityRefs: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]}`), y, n, n},
		"a reference to the namespace":       {policy(ofServer, meshTLS) + authentications(`{identityRefs: [{kind: Namespace, name: monitoring}]}`), y, n, n},
		"an old one, for everybody":          {authorization("{unauthenticated: true}"), y, y, y},
		"an old one, for a network":          {authorization("{unauthenticated: true, networks: [{cidr: 10.8.0.0/14}]}"), d, y, d},
		"an old one, for TLS":                {authorization("{meshTLS: {unauthenticatedTLS: true}}"), y, n, n},
		"an old one, for the account":        {authorization("{meshTLS: {serviceAccounts: [{name: prometheus, namespace: monitoring}]}}"), y, n, n},
		"an old one, for an identity":        {authorization(`{meshTLS: {identities: ["*.monitoring.serviceaccount.identity.linkerd.cluster.local"]}}`), y, n, n},
		"an old one, for nobody that counts": {authorization("{meshTLS: {serviceAccounts: [{name: prometheus}]}}"), n, n, n},
	} {
		t.Run(name, func(t *testing.T) {
			s := parse(t, server+test.policies)
			for who, c := range map[string]struct {
				Client
				want answer.Answer
			}{
				"meshed":  {Client{ServiceAccount: "prometheus", Namespace: "monitoring"}, test.meshed},
				"near":    {Client{Networks: []netip.Prefix{netip.MustParsePrefix("10.8.0.0/14")}}, test.near},
				"unknown": {Client{}, test.unknown},
			} {
				got, grants := s.Admits(s.Servers[0], c.Client)
				if got != c.want {
					t.Errorf("%s: %s, want %s, by %v", who, got, c.want, grants)
				}
				for _, g := range grants {
					if (g.Why != "") != (g.Admits == answer.Depends) {
						t.Errorf("%s: %s %s because of %q", who, g, g.Admits, g.Why)
					}
				}
			}
			if open := s.Everybody(s.Servers[0]); (len(open) > 0) != (test.unknown == answer.Yes) {
				t.Errorf("open: %v", open)
			}
		})
	}
}

// What may not be read may let in anybody.
func TestWhatMayNotBeRead(t *testing.T) {
	for want, test := range map[string]struct{ target, required string }{
		"NetworkAuthentication other/net, which may not be read": {ofServer, "[{group: policy.linkerd.io, kind: NetworkAuthentication, name: net, namespace: other}]"},
		"MeshTLSAuthentication viz/m, which may not be read":     {ofServer, "[{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: m}]"},
		"HTTPRoute viz/r, which may not be read":                 {"{group: policy.linkerd.io, kind: HTTPRoute, name: r}", "[{kind: ServiceAccount, name: prometheus, namespace: monitoring}]"},
	} {
		s := parse(t, server+policy(test.target, test.required))
		s.Unread = s.Referred()
		got, grants := s.Admits(s.Servers[0], Client{ServiceAccount: "prometheus", Namespace: "monitoring"})
		if got != answer.Depends || len(grants) != 1 || grants[0].Why != want {
			t.Errorf("%s, by %+v, want %s", got, grants, want)
		}
	}
}

func TestAccessPolicies(t *testing.T) {
	for access, want := range map[string]answer.Answer{"": answer.No, "deny": answer.No, "all-unauthenticated": answer.Yes, "audit": answer.Yes, "cluster-unauthenticated": answer.Depends, "all-authenticated": answer.Depends} {
		s := parse(t, server)
		s.Servers[0].Spec.AccessPolicy = access
		if got, _ := s.Admits(s.Servers[0], Client{}); got != want {
			t.Errorf("%q: %s, want %s", access, got, want)
		}
	}
}

func TestServersOfPorts(t *testing.T) {
	s := parse(t, server+`
---
kind: Server
metadata: {namespace: viz, name: older, creationTimestamp: "2020-01-01T00:00:00Z"}
spec: {podSelector: {matchExpressions: [{key: component, operator: Exists}]}, port: 9090}
---
kind: Server
metadata: {namespace: other, name: elsewhere}
spec: {podSelector: {}, port: 9090}
---
kind: Server
metadata: {namespace: viz, name: without-pods}
spec: {port: 9090}
---
kind: Server
metadata: {namespace: viz, name: not-valid}
spec: {podSelector: {matchExpressions: [{key: component, operator: Like}]}, port: 9090}`)
	prometheus := map[string]string{"component": "prometheus"}
	for name, test := range map[string]struct {
		port Port
		want []string
	}{
		"by name and number": {Port{"viz", prometheus, 9090, "admin"}, []string{"prometheus-admin", "older"}},
		"by number":          {Port{"viz", prometheus, 9090, "admin-http"}, []string{"older"}},
		"another pod":        {Port{"viz", map[string]string{"component": "web"}, 9090, "admin"}, []string{"older"}},
		"another port":       {Port{"viz", prometheus, 4191, "linkerd-admin"}, nil},
	} {
		var got []string
		for _, server := range s.ServersOf(test.port) {
			got = append(got, server.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: Servers (-want +got):\n%s", name, diff)
		}
	}
}

// A Server is not deleted: without it, the default policy of the mesh decides.
func TestHowToCloseAPolicy(t *testing.T) {
	for want, g := range map[string]Grant{
		"kubectl --namespace n delete authorizationpolicy.policy.linkerd.io p":                {Kind: "AuthorizationPolicy", Namespace: "n", Name: "p"},
		"kubectl --namespace n delete serverauthorization.policy.linkerd.io p":                {Kind: "ServerAuthorization", Namespace: "n", Name: "p"},
		"kubectl --namespace n edit server.policy.linkerd.io p, and set accessPolicy to deny": {Kind: "Server", Namespace: "n", Name: "p"},
		"another command": {Kind: "AuthorizationPolicy", Namespace: "n", Name: "p", Remedy: "another command"},
	} {
		if got := g.Command(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

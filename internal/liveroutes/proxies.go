package liveroutes

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// The proxies' own port, and the annotation with what Linkerd does with requests that no
// Server is for. Linkerd's injector writes it on every pod.
const (
	proxyPort               = 4191
	proxyPortName           = "linkerd-admin"
	inboundPolicyAnnotation = "config.linkerd.io/default-inbound-policy"
)

// Proxies are the meshed pods of a cluster.
type Proxies struct {
	// Pods counts them, by namespace.
	Pods map[string]int
	// Guarded are the namespaces with proxies that do not let the scraper in as they are,
	// unless a policy does.
	Guarded []routes.GuardedNamespace
	// Policies are all of Linkerd's.
	Policies linkerdpolicy.Set
}

// Proxies reads the meshed pods, and which of them let a scraper in.
func (c *Cluster) Proxies(ctx context.Context, s routes.Scraper) (Proxies, error) {
	pods, _, err := list[pod](ctx, c, "/api/v1/pods", controlPlaneLabel)
	if err != nil {
		return Proxies{}, err
	}
	found := Proxies{Pods: map[string]int{}}
	if found.Policies, _, err = c.policies(ctx, ""); err != nil {
		return found, err
	}
	guarded := map[string]string{}
	for _, p := range pods {
		found.Pods[p.Namespace]++
		servers := found.Policies.ServersOf(linkerdpolicy.Port{Namespace: p.Namespace, Labels: p.Labels, Number: proxyPort, Name: proxyPortName})
		switch {
		case len(servers) > 0 && len(found.Policies.Everybody(servers[0])) == 0:
			guarded[p.Namespace] = cmp.Or(guarded[p.Namespace], servers[0].Name)
		case len(servers) == 0 && refuses(p.Annotations[inboundPolicyAnnotation], s):
			guarded[p.Namespace] = cmp.Or(guarded[p.Namespace], "")
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(guarded)) {
		found.Guarded = append(found.Guarded, routes.GuardedNamespace{Name: namespace, Server: guarded[namespace]})
	}
	return found, nil
}

// refuses reports whether a default policy refuses a scraper.
func refuses(policy string, s routes.Scraper) bool {
	return policy == "deny" || strings.HasSuffix(policy, "-authenticated") && s.ServiceAccount == "" && len(s.Networks) > 0
}

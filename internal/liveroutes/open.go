package liveroutes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Open returns the policies, other than linkerd-viz' own, by which everybody may read a pod of
// its Prometheus; known is false where the cluster has no policies of Linkerd.
func (c *Cluster) Open(ctx context.Context, prometheus *corev1.Pod) (open []linkerdpolicy.Grant, known bool, err error) {
	// Whoever may not read a kind is told so even where there is no such kind.
	if known, err := c.knows(ctx, linkerdpolicy.APIGroup); err != nil || !known {
		return nil, known, err
	}
	set, version, err := c.policies(ctx, prometheus.Namespace)
	if err != nil || version == "" {
		return nil, false, err
	}
	port := linkerdpolicy.Port{Namespace: prometheus.Namespace, Labels: prometheus.Labels, Number: viz.PrometheusPort, Name: portName(prometheus.Spec)}
	open, _ = opened(set, set.ServersOf(port), prometheus.Annotations[linkerdpolicy.CreatedBy])
	if len(open) == 0 && len(set.Unread) > 0 {
		return nil, true, fmt.Errorf("whom Linkerd's policies let in is not known: %s may not be read, to which one refers", set.Unread[0])
	}
	return open, true, nil
}

// opened returns the policies that let everybody use the port of some Servers, other than the
// own one of the linkerd-viz that something has made, and the first of the Servers that this one
// does not open; "" for none.
func opened(set linkerdpolicy.Set, servers []linkerdpolicy.Server, createdBy string) (open []linkerdpolicy.Grant, closed string) {
	for _, server := range servers {
		ofChart, left := false, stale(server, servers)
		for _, g := range set.Everybody(server) {
			if !left && own(g, server, createdBy) {
				ofChart = true
				continue
			}
			g.Remedy = remedy(g, left)
			open = append(open, g)
		}
		if closed == "" && !ofChart && !left {
			closed = server.Name
		}
	}
	return open, closed
}

// own reports whether a policy is the one by which linkerd-viz up to 2.12 itself lets in
// everybody. Its labels do not tell, nor do Helm's: whoever copies a policy copies them as well.
// What a copy in the same namespace cannot have is kind and name. Helm and linkerd viz install
// write the same annotation on it as on Prometheus; what is left over from an earlier version
// has another one.
func own(g linkerdpolicy.Grant, server linkerdpolicy.Server, createdBy string) bool {
	release, err := viz.FindRelease(versionOf(createdBy))
	if err != nil || release.Admission != viz.Everybody {
		return false
	}
	kind := "ServerAuthorization"
	if release.HasAuthorizationPolicies() {
		kind = "AuthorizationPolicy"
	}
	return g.Kind == kind && g.Name == viz.OpenPolicy && server.Name == viz.OpenPolicy && g.CreatedBy == createdBy
}

// stale reports whether a Server is that of an earlier linkerd-viz than the others are of, which
// kubectl apply has left.
func stale(server linkerdpolicy.Server, all []linkerdpolicy.Server) bool {
	return server.Name == viz.OpenPolicy && slices.ContainsFunc(all, func(s linkerdpolicy.Server) bool { return s.Name == viz.PrometheusServer })
}

// remedy is the command that closes a policy without harm to linkerd-viz; "" where deleting it
// is the one. Where a stale Server alone stayed, it would keep out all whom the policies for its
// successor let in; and of those, the chart's lets in linkerd-viz' own API.
func remedy(g linkerdpolicy.Grant, ofStale bool) string {
	switch {
	case ofStale:
		return fmt.Sprintf("kubectl --namespace %s delete server.%s %s", g.Namespace, linkerdpolicy.APIGroup, viz.OpenPolicy)
	case g.Kind == "AuthorizationPolicy" && g.Name == viz.PrometheusServer:
		return fmt.Sprintf("kubectl --namespace %s edit authorizationpolicy.%s %s, and have it require ServiceAccount %s alone, as in linkerd-viz' chart",
			g.Namespace, linkerdpolicy.APIGroup, g.Name, viz.MetricsAPI)
	}
	return ""
}

// versionOf is the version in Linkerd's annotation about what has made an object.
func versionOf(createdBy string) string {
	_, version, _ := strings.Cut(createdBy, " ")
	return version
}

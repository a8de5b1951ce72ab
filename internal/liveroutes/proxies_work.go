package liveroutes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// checkProxies says whether the proxies let a scraper in and whether it finds them, and asks
// one of each namespace.
func (c *Cluster) checkProxies(ctx context.Context, r routes.Request, apply string, all *results) error {
	found, err := c.Proxies(ctx, r.Scraper, r.Form)
	if err != nil {
		return err
	}
	total := found.total()
	if total == 0 {
		all.add(Fails, "", "there are no meshed pods: none that runs has the label %s", controlPlaneLabel)
		return nil
	}
	all.add(Works, "", "%d meshed pods in %d namespaces", total, len(found.Pods))
	all.checkGuarded(found, r, apply)
	if found.byIdentity() {
		c.checkMeshed(ctx, r, all)
	}
	switch r.Form {
	case routes.OfOperator:
		c.checkPodMonitors(ctx, found, r, all)
	case routes.Managed:
		c.checkClusterPodMonitorings(ctx, found, r, all)
	}
	c.askProxies(ctx, found, r, all)
	if r.Scraper.ServiceAccount != "" {
		c.checkPermission(ctx, r, corev1.NamespaceAll, podsOnly, all)
	}
	return nil
}

// checkGuarded says which proxies let the scraper in: of all namespaces, or of those that are
// named.
func (all *results) checkGuarded(found Proxies, r routes.Request, apply string) {
	if !r.Scraper.Known() {
		apply = nameScraper(r)
	}
	var unnamed []string
	for _, g := range found.Guarded {
		if len(r.Guarded) > 0 && !slices.ContainsFunc(r.Guarded, func(named routes.GuardedNamespace) bool { return named.Name == g.Name }) {
			unnamed = append(unnamed, g.Name)
			continue
		}
		of := found.namespaces[g.Name]
		for _, server := range of.closed {
			all.checkServer(found.Policies, server, r.Scraper, apply)
		}
		for _, policy := range of.refusing(r.Scraper, r.Form) {
			why := ""
			if authenticated(policy) {
				why = ", which lets in meshed clients alone"
			}
			all.add(Fails, apply, "%d of %d proxies in namespace %s answer 403 to the scrape: their default policy is %s%s", of.defaults[policy], len(of.pods), g.Name, policy, why)
		}
	}
	if len(unnamed) > 0 {
		all.add(Doubtful, "leave out --deny-namespace, or name these as well", "proxies in namespaces %s do not let everybody in, either", strings.Join(unnamed, ", "))
	}
	if len(found.MeshedOnly) > 0 {
		all.add(Doubtful, nameScraper(r), "proxies in namespaces %s let in meshed clients alone, and who scrapes is not known", strings.Join(found.MeshedOnly, ", "))
	}
	if len(found.Guarded)+len(found.MeshedOnly) == 0 {
		all.add(Works, "", "no policy keeps a scraper from the proxies")
	}
}

// expectsRefusal reports whether a pod's proxy refuses the API server, which is not meshed.
func (found *Proxies) expectsRefusal(p pod) bool {
	if servers := found.serversOf(p); len(servers) > 0 {
		return len(found.Policies.Everybody(servers[0])) == 0
	}
	policy := p.defaultPolicy()
	return policy == denyPolicy || authenticated(policy)
}

// sample returns one pod of each namespace that can be asked.
func (found *Proxies) sample() []pod {
	var pods []pod
	for _, namespace := range slices.Sorted(maps.Keys(found.namespaces)) {
		of := found.namespaces[namespace].pods
		i := slices.IndexFunc(of, pod.ready)
		if i < 0 {
			i = slices.IndexFunc(of, func(p pod) bool { return p.Status.Phase == corev1.PodRunning })
		}
		if i >= 0 {
			pods = append(pods, of[i])
		}
	}
	return pods
}

// atPort is where the API server's proxy reaches the metrics of a pod's proxy.
func atPort(p pod) string {
	return fmt.Sprintf("/api/v1/namespaces/%s/pods/%s:%d/proxy/metrics", p.Namespace, p.Name, proxyPort)
}

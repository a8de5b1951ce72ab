package liveroutes

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// checkProxies says whether the proxies let a scraper in, and asks one of them.
func (c *Cluster) checkProxies(ctx context.Context, r routes.Request, apply string, all *results) error {
	found, err := c.Proxies(ctx, r.Scraper)
	if err != nil {
		return err
	}
	total := 0
	for _, n := range found.Pods {
		total += n
	}
	if total == 0 {
		all.add(Fails, "", "there are no meshed pods: none has the label %s", controlPlaneLabel)
		return nil
	}
	all.add(Works, "", "%d meshed pods in %d namespaces", total, len(found.Pods))
	for _, guarded := range found.Guarded {
		i := slices.IndexFunc(found.Policies.Servers, func(s linkerdpolicy.Server) bool {
			return s.Namespace == guarded.Name && s.Name == guarded.Server
		})
		if i < 0 {
			all.add(Fails, apply, "proxies in namespace %s refuse the scrape with 403, because of their default-inbound-policy", guarded.Name)
			continue
		}
		all.checkServer(found.Policies, found.Policies.Servers[i], r.Scraper, apply)
	}
	if len(found.Guarded) == 0 {
		all.add(Works, "", "no policy keeps a scraper from the proxies")
	}
	if r.Scraper.ServiceAccount != "" {
		c.checkPermission(ctx, r.Scraper, corev1.NamespaceAll, all)
	}
	return nil
}

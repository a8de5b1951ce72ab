package liveroutes

import (
	"cmp"
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// checkMeshed says whether what scrapes is meshed, where that is what lets it in: a pod that is
// not has no identity, whatever policy names its service account.
func (c *Cluster) checkMeshed(ctx context.Context, r routes.Request, all *results) {
	switch s := r.Scraper; {
	case s.ServiceAccount != "":
		c.checkPodsOf(ctx, s, all)
	case r.Form == routes.OfOperator && !s.Known() && !r.NoPolicy:
		c.checkOnlyPrometheus(ctx, all)
	}
}

// checkPodsOf says whether the pods with the service account of a scraper are meshed.
func (c *Cluster) checkPodsOf(ctx context.Context, s routes.Scraper, all *results) {
	const fix = "mesh them, or give --network with their network in place of --service-account"
	pods, _, err := list[pod](ctx, c, "/api/v1/namespaces/"+s.Namespace+"/pods", "")
	if err != nil {
		all.add(Doubtful, "", "whether the pods with %s are meshed is not known: %s", describe(s), err)
		return
	}
	total, meshed := 0, 0
	for _, p := range pods {
		if p.ended() || cmp.Or(p.Spec.ServiceAccountName, "default") != s.ServiceAccount {
			continue
		}
		total++
		if p.Labels[controlPlaneLabel] != "" {
			meshed++
		}
	}
	switch {
	case total == 0:
		all.add(Doubtful, "", "whether what scrapes is meshed is not known: no pod with %s runs", describe(s))
	case meshed == 0:
		all.add(Fails, fix, "its pods are not meshed: of %d with %s, none has the label %s, and Linkerd does not know whose requests theirs are", total, describe(s), controlPlaneLabel)
	case meshed < total:
		all.add(Doubtful, fix, "%d of %d pods with %s are meshed: Linkerd does not know whose requests those of the others are", meshed, total, describe(s))
	default:
		all.add(Works, "", "%d of %d pods with %s are meshed", meshed, total, describe(s))
	}
}

// checkOnlyPrometheus says that the operator's Prometheus is not meshed, where there is one, and
// nobody has been named that scrapes.
func (c *Cluster) checkOnlyPrometheus(ctx context.Context, all *results) {
	prometheuses, _, err := c.Prometheuses(ctx)
	if err != nil || len(prometheuses) != 1 {
		return // is said where it is looked for who finds the monitor
	}
	switch _, meshed, err := c.Scraper(ctx, prometheuses[0]); {
	case err != nil:
		all.add(Doubtful, "", "%s", meshedNotKnown(prometheuses[0], err))
	case !meshed:
		all.add(Doubtful, meshIt, "the Prometheus %s is not meshed", prometheuses[0])
	}
}

// meshIt is what to do where the operator's Prometheus is not meshed.
const meshIt = "mesh it, or give --network with the network of its pods"

func meshedNotKnown(p Prometheus, err error) string {
	return fmt.Sprintf("whether the Prometheus %s is meshed is not known: %s", p, err)
}

// byIdentity reports whether somebody must be meshed to read linkerd-viz' Prometheus.
func (v Viz) byIdentity() bool {
	for _, server := range v.Servers {
		if len(v.Policies.Everybody(server)) == 0 {
			return true
		}
	}
	return false
}

// byIdentity reports whether somebody must be meshed to read all proxies.
func (found *Proxies) byIdentity() bool {
	for _, of := range found.namespaces {
		for policy := range of.defaults {
			if authenticated(policy) {
				return true
			}
		}
	}
	return len(found.Guarded) > 0
}

package liveroutes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// Fill fills in what a request for a route leaves open, as the cluster has it. The notes say
// what could not be read, and what whoever asked should know. Only linkerd-viz itself has to
// be there, and not for the proxies.
func (c *Cluster) Fill(ctx context.Context, route routes.Route, r *routes.Request) (notes []string, err error) {
	found, err := c.Viz(ctx, r.Viz.Namespace)
	switch {
	case err == nil:
		r.Viz = found.Viz
		notes = found.Notes
		for _, g := range found.Open {
			if route.Name != proxiesRoute {
				notes = append(notes, openTo(g.String(), r.Viz.Namespace))
			}
		}
	case route.Name != proxiesRoute:
		return nil, err
	default:
		r.NoViz = errors.Is(err, errNoViz)
		notes = append(notes, err.Error())
	}
	if r.Form == routes.OfOperator {
		notes = append(notes, c.fillOperator(ctx, route, r)...)
	}
	if route.Name == proxiesRoute {
		more, err := c.fillProxies(ctx, r)
		return append(notes, more...), err
	}
	return notes, nil
}

const proxiesRoute = "proxies"

// openTo says that a policy lets everybody in.
func openTo(policy, namespace string) string {
	return fmt.Sprintf("%s lets everybody read linkerd-viz' Prometheus in namespace %s, meshed or not: close it, once those who need it have a policy of their own", policy, namespace)
}

// fillOperator fills in who scrapes, and how it finds monitors.
func (c *Cluster) fillOperator(ctx context.Context, route routes.Route, r *routes.Request) (notes []string) {
	all, known, err := c.Prometheuses(ctx)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("what prometheus-operator runs is not known: %s", err)}
	case !known:
		return []string{"the cluster does not know prometheus-operator's objects: install it first"}
	case len(r.Scraper.Namespace) > 0:
		all = slices.DeleteFunc(all, func(p Prometheus) bool { return p.Namespace != r.Scraper.Namespace })
	}
	if len(all) != 1 {
		return []string{fmt.Sprintf("prometheus-operator runs %d Prometheus%s: give --label and --monitor-namespace by which yours finds monitors", len(all), where(r.Scraper))}
	}
	kind := "ServiceMonitor"
	if route.Name == proxiesRoute {
		kind = "PodMonitor"
	}
	notes = c.fillMonitor(ctx, all[0], kind, r)
	if r.Scraper.Known() || r.NoPolicy {
		return notes
	}
	scraper, meshed, err := c.Scraper(ctx, all[0])
	switch {
	case err != nil:
		notes = append(notes, meshedNotKnown(all[0], err))
	case !meshed:
		notes = append(notes, fmt.Sprintf("the Prometheus %s is not meshed: %s", all[0], meshIt))
	default:
		r.Scraper = scraper
		notes = append(notes, fmt.Sprintf("what scrapes is taken to be the Prometheus %s, service account %s", all[0], scraper.ServiceAccount))
	}
	return notes
}

// fillMonitor fills in what a monitor must be like for a Prometheus to find it, as far as nobody
// has said so.
func (c *Cluster) fillMonitor(ctx context.Context, p Prometheus, kind string, r *routes.Request) (notes []string) {
	given, at := r.Operator, r.Viz.Namespace
	if r.NoViz { // the namespace of which need not exist
		at = p.Namespace
	}
	found, err := c.Finds(ctx, p, kind, cmp.Or(given.Namespace, at))
	r.Operator = routes.Operator{Labels: found.Labels, Namespace: cmp.Or(given.Namespace, found.Namespace)}
	if len(given.Labels) > 0 {
		r.Operator.Labels = given.Labels
	}
	if r.NoViz {
		r.Operator.Namespace = cmp.Or(r.Operator.Namespace, at)
	}
	if len(given.Labels) == 0 && given.Namespace == "" {
		if err != nil {
			notes = append(notes, err.Error())
		}
		return notes
	}
	finds, err := c.findsMonitor(ctx, p, kind, metav1.ObjectMeta{Namespace: cmp.Or(r.Operator.Namespace, at), Labels: r.Operator.Labels})
	switch {
	case err != nil:
		notes = append(notes, fmt.Sprintf("whether the Prometheus %s finds this %s is not known: %s", p, kind, err))
	case !finds:
		notes = append(notes, fmt.Sprintf("the Prometheus %s does not find this %s: %s", p, kind, p.looksFor(kind)))
	}
	return notes
}

func where(s routes.Scraper) string {
	if s.Namespace == "" {
		return ""
	}
	return " in namespace " + s.Namespace
}

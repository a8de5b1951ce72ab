package liveroutes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	linkerdanswer "github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// Status is the outcome of a question.
type Status int

// The outcomes.
const (
	Works Status = iota
	// Doubtful may work, or works and should not.
	Doubtful
	Fails
)

// A Result is what was found out about a route.
type Result struct {
	Status Status
	Text   string
	// Fix says what to do; "" for nothing.
	Fix string
}

// results collects what is found out.
type results []Result

func (all *results) add(s Status, fix, format string, args ...any) {
	*all = append(*all, Result{s, fmt.Sprintf(format, args...), fix})
}

// Check finds out whether a route works for whom a request names, before their Prometheus
// does. The fix for a policy that is missing is the command apply, which prints one even where
// the request wants none.
func (c *Cluster) Check(ctx context.Context, route routes.Route, r routes.Request, apply string) ([]Result, error) {
	var all results
	if route.Name == proxiesRoute {
		err := c.checkProxies(ctx, r, apply, &all)
		return all, err
	}
	v, err := c.Viz(ctx, r.Viz.Namespace)
	if err != nil {
		return nil, err
	}
	all.checkPods(v, "kubectl"+r.ClusterFlags)
	switch route.Name {
	case "remote-write":
		c.checkRemoteWrite(ctx, v, route, r, &all)
	default:
		all.checkPolicies(v, r, apply)
		if v.byIdentity() {
			c.checkMeshed(ctx, r, &all)
		}
		limit, resources := sampleLimit{r.SampleLimit, "--sample-limit"}, podsOnly
		if route.Name == "servicemonitor" {
			limit, resources = c.checkMonitors(ctx, v, r, &all)
		}
		c.checkAnswer(ctx, v, r, func() question { return questionOf(v, route, r, limit) }, &all)
		if route.Scrapes() && r.Scraper.ServiceAccount != "" {
			c.checkPermission(ctx, r, v.Namespace, resources, &all)
		}
	}
	for _, note := range v.Notes {
		all.add(Doubtful, "", "%s", note)
	}
	return all, nil
}

func (all *results) checkPods(v Viz, kubectl string) {
	what := fmt.Sprintf("linkerd-viz %s in namespace %s: Service %s, port %s, jobs %s", v.Version, v.Namespace, v.Service, v.PortName, strings.Join(v.Jobs, ", "))
	switch {
	case v.Pods < 0:
		all.add(Works, "", "%s", what)
	case v.Ready == 0:
		all.add(Fails, fmt.Sprintf("%s --namespace %s get pods --selector component=prometheus", kubectl, v.Namespace), "%s; none of %d pods is ready", what, v.Pods)
	default:
		all.add(Works, "", "%s; %d of %d pods ready", what, v.Ready, v.Pods)
	}
}

// checkPolicies says whom Linkerd's policies let in.
func (all *results) checkPolicies(v Viz, r routes.Request, apply string) {
	for _, g := range v.Open {
		all.add(Doubtful, strings.Replace(g.Command(), "kubectl", "kubectl"+r.ClusterFlags, 1), "%s", openTo(g.String(), v.Namespace))
	}
	if v.Server == "" {
		all.add(Works, "", "Linkerd's policies let in whom the mesh lets in: no Server on the port lets in only some")
		return
	}
	for _, server := range v.Servers {
		all.checkServer(v.Policies, server, r.Scraper, apply)
	}
}

// checkServer says whether a Server lets a scraper in.
func (all *results) checkServer(policies linkerdpolicy.Set, server linkerdpolicy.Server, s routes.Scraper, apply string) {
	name := server.Namespace + "/" + server.Name
	if !s.Known() {
		all.add(Doubtful, "give --service-account and --namespace, or --network", "Server %s answers 403 to all whom no policy names, and who scrapes is not known", name)
		return
	}
	admits, grants := policies.Admits(server, linkerdpolicy.Client(s))
	switch admits {
	case linkerdanswer.Yes:
		by := grants[slices.IndexFunc(grants, func(g linkerdpolicy.Grant) bool { return g.Admits == linkerdanswer.Yes })]
		all.add(Works, "", "%s is let in by %s", describe(s), by)
	case linkerdanswer.No:
		all.add(Fails, apply, "%s gets 403: Server %s lets in nobody whom no policy names, and none names it", describe(s), name)
	default:
		all.add(Doubtful, apply, "%s is let in by %s depending on %s", describe(s), grants[0], grants[0].Why)
	}
}

func describe(s routes.Scraper) string {
	if s.ServiceAccount != "" {
		return fmt.Sprintf("service account %s/%s", s.Namespace, s.ServiceAccount)
	}
	var networks []string
	for _, n := range s.Networks {
		networks = append(networks, n.String())
	}
	return "network " + strings.Join(networks, ", ")
}

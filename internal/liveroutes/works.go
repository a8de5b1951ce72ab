package liveroutes

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	linkerdanswer "github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
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
		if v.RemoteWrite {
			all.add(Works, "", "linkerd-viz' Prometheus has remote_write in its configuration")
		} else {
			all.add(Fails, "upgrade linkerd-viz with the values that this command prints with --url, and without --check",
				"linkerd-viz' Prometheus has no remote_write in its configuration (ConfigMap %s/%s)", v.Namespace, viz.ConfigMap)
		}
	default:
		all.checkPolicies(v, r, apply)
		limit, resources := sampleLimit{r.SampleLimit, "--sample-limit"}, podsOnly
		if route.Name == "servicemonitor" {
			limit, resources = c.checkMonitors(ctx, v, r, &all)
		}
		c.checkAnswer(ctx, v, r, limit, &all)
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

// checkAnswer sends the route's own request from where it can: through the API server, which
// is not meshed.
func (c *Cluster) checkAnswer(ctx context.Context, v Viz, r routes.Request, limit sampleLimit, all *results) {
	r.Viz = v.Viz
	path := fmt.Sprintf("/api/v1/namespaces/%s/services/http:%s:%d/proxy%s/federate", v.Namespace, v.Service, viz.PrometheusPort, v.PathPrefix)
	a, err := c.ask(ctx, path, url.Values{"match[]": r.Selectors()}.Encode())
	switch {
	case err != nil:
		all.add(Doubtful, "", "%s", err)
	case a.code == http.StatusForbidden && a.ofAPIServer != "":
		all.add(Doubtful, "ask for the permission to get services/proxy in namespace "+v.Namespace, "you may not ask Prometheus through the API server: %s", a.ofAPIServer)
	case a.code == http.StatusForbidden && v.Server != "" && len(v.Servers) == 0:
		all.add(Doubtful, "", "asked through the API server, Prometheus' proxy answers 403, and Linkerd's policies are not known")
	case a.code == http.StatusForbidden && v.Server != "":
		all.add(Works, "", "asked through the API server, which no policy lets in, Prometheus' proxy answers 403, as Server %s/%s has it", v.Namespace, v.Server)
	case a.code == http.StatusForbidden:
		all.add(Fails, "see its default-inbound-policy with kubectl"+r.ClusterFlags+" --namespace "+v.Namespace+" get deployment prometheus --output yaml", "asked through the API server, Prometheus answers 403, although no Server refuses it: the default policy of the mesh does")
	case a.code != http.StatusOK:
		all.add(Fails, "", "asked through the API server, Prometheus answers %d: %s", a.code, firstLine(a))
	default:
		all.checkSamples(a, v, limit)
	}
}

func firstLine(a answer) string {
	line, _, _ := strings.Cut(string(a.body), "\n")
	const most = 200
	if a.ofAPIServer != "" {
		line = a.ofAPIServer
	}
	return line[:min(len(line), most)]
}

// sampleLimit is how many samples a scrape may have, 0 for any number, and what says so.
type sampleLimit struct {
	samples int
	of      string
}

// checkSamples says how many samples a scrape has.
func (all *results) checkSamples(a answer, v Viz, limit sampleLimit) {
	byJob, err := a.samples()
	if err != nil {
		all.add(Fails, "", "asked through the API server, Prometheus answers, but %s", err)
		return
	}
	total := 0
	var counts []string
	for _, job := range slices.Sorted(maps.Keys(byJob)) {
		total += byJob[job]
		counts = append(counts, fmt.Sprintf("%s %d", job, byJob[job]))
	}
	switch {
	case total == 0:
		all.add(Doubtful, "", "asked through the API server, Prometheus answers, but has no series of jobs %s", strings.Join(v.Jobs, ", "))
	case limit.samples > 0 && total > limit.samples:
		all.add(Fails, "raise "+limit.of+", or give --recorded only", "a scrape has %d samples (%s), which is more than the %d of %s: it would fail as a whole", total, strings.Join(counts, ", "), limit.samples, limit.of)
	default:
		all.add(Works, "", "asked through the API server, Prometheus answers with %d samples: %s", total, strings.Join(counts, ", "))
	}
}

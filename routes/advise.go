package routes

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Facts are what a cluster has that decides which route suits it.
type Facts struct {
	// Viz is linkerd-viz' Prometheus; HasViz is false where there is none.
	Viz    Viz
	HasViz bool
	// Unread is what could not be read, of which the other facts therefore say nothing.
	Unread Unread
	// GKE says that it is Google's, ManagedAPI that it knows the objects of Managed Service
	// for Prometheus, and OperatorAPI that it knows those of prometheus-operator.
	GKE, ManagedAPI, OperatorAPI bool
	// Prometheuses are those that prometheus-operator runs, each as namespace/name.
	Prometheuses []string
	// Unmeshed says that there is one of them, and that it is not meshed.
	Unmeshed bool
	// Scraper is what scrapes; not known where nobody has said so and it cannot be told.
	Scraper Scraper
	// Exporter is the container that exports to Google already; "" for none.
	Exporter string
	// Meshed counts the meshed pods; Guarded are the namespaces whose proxies do not let
	// everybody in.
	Meshed  int
	Guarded []GuardedNamespace
	// ClusterFlags are those by which kubectl finds the cluster, such as " --context west"; ""
	// where it does without.
	ClusterFlags string
}

// Unread says which facts could not be read.
type Unread struct {
	Viz, Operators, Prometheuses, Pods bool
}

// Form is the form in which monitors suit the cluster.
func (f Facts) Form() Form {
	switch {
	case f.OperatorAPI && (len(f.Prometheuses) > 0 || f.Unread.Prometheuses):
		return OfOperator
	case f.ManagedAPI:
		return Managed
	default:
		return Plain
	}
}

// Fit says how well a route suits a cluster.
type Fit string

// The fits.
const (
	First    Fit = "first choice"
	Possible Fit = "possible"
	NotHere  Fit = "not here"
	// NotKnown is of a route for which something could not be read.
	NotKnown Fit = "not known"
)

// Advice is what is said of a route for a cluster.
type Advice struct {
	// Route is its name, or that of gcm-exporter, which is this project's own.
	Route string
	Fit   Fit
	// Here says why, for this cluster.
	Here                string
	Costs, Keeps, Loses string
	// Command prints what it needs.
	Command string
	// Example says which word of the command is an example; "" for none.
	Example string
}

// Exporter is the name of the way that is none of the routes.
const Exporter = "gcm-exporter"

// withoutViz says that there is no linkerd-viz, or that nobody knows.
func (f Facts) withoutViz() (Fit, string) {
	if f.Unread.Viz {
		return NotKnown, "linkerd-viz could not be read"
	}
	return NotHere, "there is no linkerd-viz' Prometheus"
}

// What stands in commands for what is not known.
const (
	exampleScraper = "--service-account prometheus --namespace monitoring"
	exampleNetwork = "--network 10.8.0.0/14"
	exampleURL     = "https://mimir.example.com/api/v1/push"
)

// Advise compares all routes for a cluster, and gcm-exporter with them.
func Advise(f Facts) []Advice {
	all := []Advice{{
		Route: Exporter, Fit: Possible, Here: "needs a Google Cloud project",
		Costs: "what Google charges for each sample", Keeps: "what you select, with all labels, in Google Cloud", Loses: "nothing; it goes on where it was after a restart",
		Command: "linkerd-gcm install | kubectl" + f.ClusterFlags + " apply --server-side -f -",
	}}
	if f.GKE {
		all[0].Here = "this is GKE"
	}
	if !f.HasViz {
		all[0].Fit, all[0].Here = f.withoutViz()
	}
	if f.Exporter != "" {
		all[0].Here = f.Exporter + " runs already"
		all[0].Command = "linkerd-gcm check" + f.ClusterFlags
	}
	for _, route := range Routes {
		a := Advice{Route: route.Name, Fit: Possible, Costs: route.Costs, Keeps: route.Keeps, Loses: route.Loses}
		f.judge(route, &a)
		all = append(all, a)
	}
	first := f.first()
	for i := range all {
		if all[i].Route == first {
			all[i].Fit = First
		}
	}
	return all
}

// first is the route to try first; "" where that cannot be said.
func (f Facts) first() string {
	switch {
	case f.Exporter != "" || f.HasViz && f.GKE:
		return Exporter
	case f.Unread.Viz || f.Unread.Operators || f.Unread.Prometheuses:
		return ""
	case !f.HasViz && f.Meshed > 0:
		return "proxies"
	case !f.HasViz:
		return ""
	case f.Form() == OfOperator:
		return "servicemonitor"
	}
	return "federation"
}

// judge says what a route is for the cluster.
func (f Facts) judge(route Route, a *Advice) {
	a.Command = "linkerd-gcm export " + route.Name + f.ClusterFlags
	if f.Viz.Namespace != "" && f.Viz.Namespace != viz.Namespace {
		a.Command += " --viz-namespace " + f.Viz.Namespace
	}
	if !f.HasViz && route.Name != "proxies" {
		a.Fit, a.Here = f.withoutViz()
		return
	}
	switch route.Name {
	case "federation":
		a.Here = f.policyHere()
		f.addScraper(a, f.Viz.Server != "")
	case "servicemonitor":
		f.judgeMonitor(a)
	case "remote-write":
		a.Here = "needs no policy"
		if f.Viz.RemoteWrite {
			a.Here = "linkerd-viz' Prometheus has remote write already"
		}
		a.Command, a.Example = a.Command+" --url "+exampleURL, exampleURL
	case "api":
		a.Here = "kubectl needs no policy, pods do"
	case "proxies":
		f.judgeProxies(a)
	}
}

func (f Facts) policyHere() string {
	if f.Viz.Server == "" {
		return "needs no policy"
	}
	return "needs a policy, which is printed"
}

func (f Facts) judgeMonitor(a *Advice) {
	a.Here = f.policyHere()
	switch {
	case len(f.Prometheuses) > 0:
		a.Here = fmt.Sprintf("prometheus-operator runs %s; %s", strings.Join(f.Prometheuses, ", "), a.Here)
	case f.Form() == OfOperator:
		a.Here = "prometheus-operator is installed, and what it runs could not be read; " + a.Here
	case f.Form() == Managed:
		a.Command += " --managed"
		a.Here = "Managed Service for Prometheus is here; " + a.Here
	case f.Unread.Operators:
		a.Fit, a.Here = NotKnown, "which operators there are could not be read"
	case f.OperatorAPI:
		a.Fit, a.Here = NotHere, "prometheus-operator is installed, and runs no Prometheus"
	default:
		a.Fit, a.Here = NotHere, "there is no operator for Prometheus"
	}
	f.addScraper(a, f.Viz.Server != "")
}

func (f Facts) judgeProxies(a *Advice) {
	a.Here = fmt.Sprintf("%d meshed pods", f.Meshed)
	if f.Unread.Pods {
		a.Fit, a.Here = NotKnown, "meshed pods could not be read"
	}
	if form := f.Form(); form != Plain {
		a.Command += " --" + string(form)
	}
	if n := len(f.Guarded); n > 0 {
		a.Here += fmt.Sprintf("; policies for %d namespaces, which are printed", n)
	}
	f.addScraper(a, len(f.Guarded) > 0)
}

// addScraper adds to a command who scrapes, where it has to be known. No policy can name the
// service account of what is not meshed.
func (f Facts) addScraper(a *Advice, needed bool) {
	if !needed {
		return
	}
	managed := strings.Contains(a.Command, " --managed") // whose collectors are not meshed
	flags, example := "", exampleScraper
	if managed || f.Unmeshed {
		example = exampleNetwork
	}
	if f.Scraper.ServiceAccount != "" && !managed {
		flags = fmt.Sprintf("--service-account %s --namespace %s", f.Scraper.ServiceAccount, f.Scraper.Namespace)
	}
	for _, n := range f.Scraper.Networks {
		flags = strings.TrimSpace(flags + " --network " + n.String())
	}
	if flags == "" {
		if f.Unmeshed {
			a.Here += "; " + f.Prometheuses[0] + " is not meshed"
		}
		a.Example = example
	}
	a.Command += " " + cmp.Or(flags, example)
}

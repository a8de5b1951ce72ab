package routes

import (
	"slices"
)

// A Route is a way to get Linkerd's metrics out of a cluster.
type Route struct {
	// Name is the word by which the command line knows it.
	Name string
	// Title says in a few words what it is.
	Title string
	// Prints says what is printed.
	Prints string
	// Costs, Keeps and Loses compare it with the others.
	Costs, Keeps, Loses string
	// Suits says who wants it.
	Suits string
	// Forms are those in which it can be printed, the first one where no other is asked for.
	Forms []Form
	// Asks says that somebody asks linkerd-viz' Prometheus, who must be let in.
	Asks bool
	// SampleLimit is how many samples a scrape may have where nobody says otherwise; 0 where
	// nothing is scraped.
	SampleLimit int
	// Selects says that it chooses among linkerd-viz' series.
	Selects bool

	print func(Request) (Output, error)
}

// Scrapes says whether it has an interval and a limit of samples.
func (r Route) Scrapes() bool { return r.SampleLimit > 0 }

// Print returns what the route needs.
func (r Route) Print(request Request) (Output, error) { return r.print(request) }

// Routes is the table of all routes.
var Routes = []Route{
	{
		Name:   "federation",
		Title:  "your own Prometheus copies from linkerd-viz'",
		Prints: "a scrape job for Prometheus' configuration, a policy and a Role",
		Costs:  "one large scrape each interval; memory for it in both",
		Keeps:  "all series and labels",
		Loses:  "samples between two scrapes; the types of metrics; a series that has ended stays for five minutes",
		Suits:  "You run a Prometheus yourself, and want to keep Linkerd's metrics longer than linkerd-viz does (6h by default).",
		Forms:  []Form{Plain}, Asks: true, SampleLimit: 500_000, Selects: true,
		print: federation,
	},
	{
		Name:   "servicemonitor",
		Title:  "the same by an operator",
		Prints: "a ServiceMonitor or, with --managed, a PodMonitoring; a policy and a Role",
		Costs:  "as federation; with --managed, each sample is charged twice",
		Keeps:  "all series and labels; with --managed, not the labels job, instance and namespace",
		Loses:  "as federation; with --managed, histograms are no distributions",
		Suits:  "You have prometheus-operator (kube-prometheus-stack), or Managed Service for Prometheus.",
		Forms:  []Form{OfOperator, Managed}, Asks: true, SampleLimit: 500_000, Selects: true,
		print: serviceMonitor,
	},
	{
		Name:   "remote-write",
		Title:  "linkerd-viz' Prometheus sends to a store",
		Prints: "values for linkerd-viz' chart",
		Costs:  "memory and CPU of linkerd-viz' Prometheus; traffic for every sample",
		Keeps:  "every sample",
		Loses:  "what cannot be sent for two hours",
		Suits:  "You have a store that takes remote write, such as Mimir, Thanos Receive or VictoriaMetrics.",
		Forms:  []Form{Plain}, Selects: true,
		print: remoteWrite,
	},
	{
		Name:   "api",
		Title:  "commands that query linkerd-viz' Prometheus",
		Prints: "commands for a shell and, with --output objects, a policy",
		Costs:  "nothing until you ask",
		Keeps:  "what you ask for",
		Loses:  "everything older than linkerd-viz keeps (6h by default)",
		Suits:  "You want to look at something now, or a program of yours asks now and then.",
		Forms:  []Form{Plain}, Asks: true, Selects: true,
		print: api,
	},
	{
		Name:   "proxies",
		Title:  "your own Prometheus scrapes the proxies",
		Prints: "a scrape job, with --operator a PodMonitor, with --managed a ClusterPodMonitoring; policies",
		Costs:  "one scrape for each meshed pod; thousands of series for each",
		Keeps:  "the metrics that you choose, at your interval; needs no linkerd-viz",
		Loses:  "what recording rules in linkerd-viz make; the control plane's metrics",
		Suits:  "You do not want to depend on linkerd-viz' Prometheus, which is a single pod, or the mesh is too large for it.",
		Forms:  []Form{Plain, OfOperator, Managed}, Asks: true, SampleLimit: 50_000,
		print: proxies,
	},
}

// Find returns the route of that name.
func Find(name string) (Route, bool) {
	i := slices.IndexFunc(Routes, func(r Route) bool { return r.Name == name })
	if i < 0 {
		return Route{}, false
	}
	return Routes[i], true
}

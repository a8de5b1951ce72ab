package docs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const routesPage = "routes.md"

func TestRoutesPageHasTheTables(t *testing.T) {
	var choice, comparison, metrics strings.Builder
	choice.WriteString(tableRow("if", "command") + tableRow("---", "---"))
	comparison.WriteString(tableRow("route", "costs", "keeps", "loses") + tableRow("---", "---", "---", "---"))
	for _, r := range routes.Routes {
		choice.WriteString(tableRow(r.Suits, fmt.Sprintf("[`linkerd-gcm export %s`](#%s)", r.Name, anchors[r.Name])))
		comparison.WriteString(tableRow("`"+r.Name+"`", r.Costs, r.Keeps, r.Loses))
	}
	metrics.WriteString(tableRow("set", "for", "metrics") + tableRow("---", "---", "---"))
	for _, set := range routes.MetricSets {
		metrics.WriteString(tableRow("`"+set.Name+"`", set.Doc, "`"+strings.Join(set.Metrics, "`, `")+"`"))
	}
	metrics.WriteString(tableRow("`"+routes.AllMetrics+"`", "everything", "every metric of the proxy"))
	compareGenerated(t, routesPage, "routes", choice.String())
	compareGenerated(t, routesPage, "comparison", comparison.String())
	compareGenerated(t, routesPage, "metrics", metrics.String())
}

// anchors are the sections of the page, by route.
var anchors = map[string]string{
	"federation": "federation", "servicemonitor": "servicemonitor-and-podmonitoring", "remote-write": "remote-write", "api": "the-api", "proxies": "the-proxies",
}

func TestRoutesPageHasAnchors(t *testing.T) {
	text := readText(t, "docs/"+routesPage)
	for _, r := range routes.Routes {
		found := false
		for line := range strings.Lines(text) {
			heading, is := strings.CutPrefix(strings.TrimSpace(line), "## ")
			found = found || is && strings.ReplaceAll(strings.ToLower(heading), " ", "-") == anchors[r.Name]
		}
		if !found {
			t.Errorf("route %s leads to #%s, which is no section", r.Name, anchors[r.Name])
		}
	}
}

func TestRoutesPageHasTheReleases(t *testing.T) {
	var table strings.Builder
	table.WriteString(tableRow("Linkerd", "name of the port", "multicluster's job", "control plane and multicluster", "who is let in") + tableRow("---", "---", "---", "---", "---"))
	admitted := map[viz.Admission]string{
		viz.NoPolicy:   "everybody: Linkerd has no policies yet",
		viz.Everybody:  "everybody, by a policy",
		viz.MetricsAPI: "linkerd-viz' own API",
	}
	for _, r := range viz.Releases {
		scraped := "scraped"
		if r.MissesControllers() {
			scraped = "missed"
		}
		table.WriteString(tableRow(r.Name, "`"+r.PortName+"`", "`"+strings.Join(r.MulticlusterJobs, "`, `")+"`", scraped, admitted[r.Admission]))
	}
	compareGenerated(t, routesPage, "releases", table.String())
}

func TestRoutesPageHasAnExample(t *testing.T) {
	route, _ := routes.Find("federation")
	out, err := route.Print(routes.Request{
		Viz: routes.OfRelease(viz.LatestRelease(), viz.Namespace), Scraper: routes.Scraper{ServiceAccount: "prometheus", Namespace: "monitoring"},
		Recorded: routes.WithoutRecorded, Interval: routes.DefaultInterval, SampleLimit: route.SampleLimit,
	})
	if err != nil {
		t.Fatal(err)
	}
	compareGenerated(t, routesPage, "federation", "```yaml\n"+out.Config+"```\n")
}

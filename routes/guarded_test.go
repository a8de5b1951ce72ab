package routes

import (
	"slices"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

// TestAServerTakesAwayAsLittleAsItCan prints Servers for proxies that have let others in, for
// versions of Servers with accessPolicy and without.
func TestAServerTakesAwayAsLittleAsItCan(t *testing.T) {
	const (
		vizLetIn = "name: proxy-admin-from-linkerd-viz.prometheus"
		warning  = "namespace shop: its proxies have "
	)
	for name, test := range map[string]struct {
		version  string
		defaults []string
		scraper  Scraper
		noViz    bool
		// access is the accessPolicy; viz says that linkerd-viz' Prometheus is let in, and warned
		// that somebody is told who is refused from then on.
		access      string
		viz, warned bool
	}{
		"all deny":                            {"2.20", []string{"deny"}, meshed, false, "", false, false},
		"not known":                           {"2.20", nil, meshed, false, "", true, true},
		"not known, and there is no viz":      {"2.20", nil, meshed, true, "", false, true},
		"all let in what is meshed":           {"2.20", []string{"all-authenticated"}, unmeshed("10.8.0.0/14"), false, "all-authenticated", false, false},
		"all let in what is meshed, 2.14":     {"2.14", []string{"cluster-authenticated"}, unmeshed("10.8.0.0/14"), false, "", true, true},
		"some deny":                           {"2.20", []string{"all-unauthenticated", "deny"}, meshed, false, "", true, true},
		"some deny, and viz is what scrapes":  {"2.20", []string{"all-unauthenticated", "deny"}, Scraper{ServiceAccount: "prometheus", Namespace: "linkerd-viz"}, false, "", true, true},
		"some deny, and there is no viz":      {"2.20", []string{"all-unauthenticated", "deny"}, meshed, true, "", false, true},
		"all let everybody in, named by flag": {"2.20", []string{"all-unauthenticated"}, meshed, false, "all-unauthenticated", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, test.version, test.scraper)
			r.Guarded, r.NoViz = []GuardedNamespace{{Name: "shop", Defaults: test.defaults}}, test.noViz
			out, err := proxies(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.Objects, "accessPolicy: "+test.access+"\n"); strings.Contains(out.Objects, "accessPolicy") != (test.access != "") || !got && test.access != "" {
				t.Errorf("want accessPolicy %q in\n%s", test.access, out.Objects)
			}
			if got := strings.Count(out.Objects, vizLetIn) == 1; got != test.viz {
				t.Errorf("linkerd-viz' Prometheus is let in: %v, want %v, in\n%s", got, test.viz, out.Objects)
			}
			if got := strings.Contains(strings.Join(out.Warnings, "\n"), warning); got != test.warned {
				t.Errorf("warned: %v, want %v, by %q", got, test.warned, out.Warnings)
			}
			if asBefore := strings.Contains(out.Objects, "as before"); asBefore == test.warned {
				t.Errorf("says that all is as before: %v, in\n%s", asBefore, out.Objects)
			}
		})
	}
}

func TestAServerLeavesPodsOfOthersAlone(t *testing.T) {
	r := request(t, "2.20", meshed)
	r.Guarded = slices.Clone(guardedExamples)
	r.Guarded[3].Shared = []string{"admin-b"}
	out, err := proxies(r)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "guarded.txt", out.Objects+"\n# Warnings:\n"+comment(strings.Join(out.Warnings, "\n"))+"\n")
}

// TestWhatScrapesMayFindPods wants the permission to be printed for service accounts.
func TestWhatScrapesMayFindPods(t *testing.T) {
	for name, test := range map[string]struct {
		scraper Scraper
		form    Form
		want    bool
	}{
		"a service account":            {meshed, Plain, true},
		"an operator's":                {meshed, OfOperator, true},
		"nobody":                       {Scraper{}, Plain, false},
		"a network":                    {unmeshed("10.8.0.0/14"), Plain, false},
		"Managed Service's collectors": {unmeshed("10.8.0.0/14"), Managed, false},
	} {
		r := request(t, "2.20", test.scraper)
		r.Form = test.form
		out, err := proxies(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.Objects, "kind: ClusterRole\n") && strings.Contains(out.Objects, "kind: ClusterRoleBinding\n"); got != test.want {
			t.Errorf("%s: a permission is printed: %v, want %v", name, got, test.want)
		}
	}
}

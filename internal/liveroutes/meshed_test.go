package liveroutes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// scraperPod is a pod in the scraper's namespace, meshed where it has the label.
func scraperPod(account, label, phase string) string {
	return "\nmetadata: {namespace: monitoring, labels: {" + label + "}}\nspec: {serviceAccountName: " + account + "}\nstatus: {phase: " + phase + "}\n"
}

// TestScrapersThatAreNotMeshed has policies for the scraper, which let in meshed pods alone.
func TestScrapersThatAreNotMeshed(t *testing.T) {
	const (
		label   = "linkerd.io/control-plane-ns: linkerd"
		none    = "‼ whether what scrapes is meshed is not known: no pod with service account monitoring/prometheus runs"
		fix     = "; mesh them, or give --network with their network in place of --service-account"
		without = "× its pods are not meshed: of 1 with service account monitoring/prometheus, none has the label linkerd.io/control-plane-ns, and Linkerd does not know whose requests theirs are" + fix
		half    = "‼ 1 of 2 pods with service account monitoring/prometheus are meshed: Linkerd does not know whose requests those of the others are" + fix
	)
	letIn := apiServer{policy + "v1alpha1" + inViz + "authorizationpolicies": policyFor("scrape", "{kind: ServiceAccount, name: prometheus, namespace: monitoring}")}
	refused := apiServer{"/api/v1/pods": meshedPod("shop", "a", "deny")}
	meshedOnly := apiServer{"/api/v1/pods": meshedPod("shop", "a", "all-authenticated")}
	unmeshed := scraperPod("prometheus", "", "Running")
	operators := apiServer{prometheuses: "\nmetadata: {name: k8s, namespace: monitoring}\nspec: {serviceMonitorSelector: {}}", serviceMonitors: ""}
	for name, test := range map[string]struct {
		route   string
		scraper routes.Scraper
		cluster apiServer
		pods    string
		want    []string
	}{
		"not meshed, by federation":       {"federation", scraper, letIn, unmeshed, []string{without}},
		"not meshed, by a monitor":        {"servicemonitor", scraper, letIn, unmeshed, []string{without}},
		"not meshed, by the API":          {"api", scraper, letIn, unmeshed, []string{without}},
		"not meshed, by proxies":          {"proxies", scraper, refused, unmeshed, []string{without}},
		"not meshed, by meshed clients'":  {"proxies", scraper, meshedOnly, unmeshed, []string{without}},
		"proxies let everybody in":        {"proxies", scraper, nil, unmeshed, nil},
		"Prometheus lets everybody in":    {"federation", scraper, apiServer{policy + "v1beta3" + inViz + "servers": ""}, unmeshed, nil},
		"a policy lets everybody in":      {"federation", scraper, apiServer{policy + "v1alpha1" + inViz + "authorizationpolicies": policyFor("open", "{kind: NetworkAuthentication, name: kubelet}")}, unmeshed, nil},
		"its network is let in":           {"federation", network, letIn, unmeshed, nil},
		"meshed":                          {"federation", scraper, letIn, scraperPod("prometheus", label, "Running"), []string{"√ 1 of 1 pods with service account monitoring/prometheus are meshed"}},
		"beside others, and what is over": {"federation", scraper, letIn, podsOf(scraperPod("prometheus", label, "Running"), scraperPod("other", "", "Running"), scraperPod("prometheus", "", "Failed")), []string{"√ 1 of 1 pods with service account monitoring/prometheus are meshed"}},
		"half meshed":                     {"federation", scraper, letIn, podsOf(scraperPod("prometheus", label, "Running"), unmeshed), []string{half}},
		"the default account":             {"federation", routes.Scraper{ServiceAccount: "default", Namespace: "monitoring"}, letIn, scraperPod("''", "", "Running"), []string{strings.ReplaceAll(without, "monitoring/prometheus", "monitoring/default")}},
		"no pods":                         {"federation", scraper, letIn, scraperPod("other", label, "Running"), []string{none}},
		"what may not be read":            {"federation", scraper, letIn, "403 ", []string{"‼ whether the pods with service account monitoring/prometheus are meshed is not known"}},
		"the operator's":                  {"servicemonitor", nobody, operators, scraperPod("k8s", "", "Running"), []string{"‼ the Prometheus monitoring/k8s is not meshed; " + meshIt}},
		"the operator's, without pods":    {"servicemonitor", nobody, operators, "", []string{"‼ whether the Prometheus monitoring/k8s is meshed is not known: it has no pods"}},
		"the operator's, meshed":          {"servicemonitor", nobody, operators, scraperPod("k8s", label, "Running"), nil},
		"the operator's, not to be read":  {"servicemonitor", nobody, operators, "403 ", []string{"‼ whether the Prometheus monitoring/k8s is meshed is not known"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.cluster {
				a[path] = text
			}
			a[atScraper] = test.pods
			route, _ := routes.Find(test.route)
			found, err := a.start(t).Check(t.Context(), route, requestFor(test.scraper, route.Forms[0]), "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(texts(found), func(line string) bool {
				about := func(words string) bool { return strings.Contains(line, words) }
				return !slices.ContainsFunc([]string{"not meshed", "are meshed", "meshed is not known"}, about)
			})
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("about meshed (-want +got):\n%s\nof:\n%s", diff, strings.Join(texts(found), "\n"))
			}
		})
	}
}

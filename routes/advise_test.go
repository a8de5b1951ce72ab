package routes

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

func TestAdvice(t *testing.T) {
	latest := OfRelease(viz.LatestRelease(), viz.Namespace)
	elsewhere := OfRelease(releaseOf("2.12"), "viz-system")
	writing := elsewhere
	writing.RemoteWrite = true
	const (
		install = "linkerd-gcm install | kubectl apply --server-side -f -"
		write   = " --url https://mimir.example.com/api/v1/push"
	)
	for name, test := range map[string]struct {
		facts Facts
		want  []string
	}{
		"a plain cluster": {Facts{Viz: latest, HasViz: true, Meshed: 7}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, first choice: needs a policy, which is printed. linkerd-gcm export federation " + exampleScraper + " (" + exampleScraper + ")",
			"servicemonitor, not here: there is no operator for Prometheus. linkerd-gcm export servicemonitor " + exampleScraper + " (" + exampleScraper + ")",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api",
			"proxies, possible: 7 meshed pods. linkerd-gcm export proxies",
		}},
		"an operator, 2.12 in another namespace": {Facts{Viz: writing, HasViz: true, OperatorAPI: true, Prometheuses: []string{"monitoring/k8s"}, Scraper: meshed, Guarded: []GuardedNamespace{{Name: "shop"}}, Meshed: 2}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, possible: needs no policy. linkerd-gcm export federation --viz-namespace viz-system",
			"servicemonitor, first choice: prometheus-operator runs monitoring/k8s; needs no policy. linkerd-gcm export servicemonitor --viz-namespace viz-system",
			"remote-write, possible: linkerd-viz' Prometheus has remote write already. linkerd-gcm export remote-write --viz-namespace viz-system" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api --viz-namespace viz-system",
			"proxies, possible: 2 meshed pods; policies for 1 namespaces, which are printed. linkerd-gcm export proxies --viz-namespace viz-system --operator --service-account prometheus --namespace monitoring",
		}},
		"GKE with Managed Service for Prometheus": {Facts{Viz: latest, HasViz: true, GKE: true, ManagedAPI: true, Scraper: unmeshed("10.8.0.0/14", "10.12.0.0/14")}, []string{
			"gcm-exporter, first choice: this is GKE. " + install,
			"federation, possible: needs a policy, which is printed. linkerd-gcm export federation --network 10.8.0.0/14 --network 10.12.0.0/14",
			"servicemonitor, possible: Managed Service for Prometheus is here; needs a policy, which is printed. linkerd-gcm export servicemonitor --managed --network 10.8.0.0/14 --network 10.12.0.0/14",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api",
			"proxies, possible: 0 meshed pods. linkerd-gcm export proxies --managed",
		}},
		"nobody knows whose network": {Facts{Viz: latest, HasViz: true, ManagedAPI: true, Scraper: meshed, Guarded: []GuardedNamespace{{Name: "shop"}}}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, first choice: needs a policy, which is printed. linkerd-gcm export federation --service-account prometheus --namespace monitoring",
			"servicemonitor, possible: Managed Service for Prometheus is here; needs a policy, which is printed. linkerd-gcm export servicemonitor --managed " + exampleNetwork + " (" + exampleNetwork + ")",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api",
			"proxies, possible: 0 meshed pods; policies for 1 namespaces, which are printed. linkerd-gcm export proxies --managed " + exampleNetwork + " (" + exampleNetwork + ")",
		}},
		"an operator's Prometheus that is not meshed": {Facts{Viz: latest, HasViz: true, OperatorAPI: true, Prometheuses: []string{"monitoring/k8s"}, Unmeshed: true, Guarded: []GuardedNamespace{{Name: "shop"}}, Meshed: 2}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, possible: needs a policy, which is printed; monitoring/k8s is not meshed. linkerd-gcm export federation " + exampleNetwork + " (" + exampleNetwork + ")",
			"servicemonitor, first choice: prometheus-operator runs monitoring/k8s; needs a policy, which is printed; monitoring/k8s is not meshed. linkerd-gcm export servicemonitor " + exampleNetwork + " (" + exampleNetwork + ")",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api",
			"proxies, possible: 2 meshed pods; policies for 1 namespaces, which are printed; monitoring/k8s is not meshed. linkerd-gcm export proxies --operator " + exampleNetwork + " (" + exampleNetwork + ")",
		}},
		"without linkerd-viz": {Facts{OperatorAPI: true, Prometheuses: []string{"monitoring/k8s"}, GKE: true, Meshed: 3}, []string{
			"gcm-exporter, not here: there is no linkerd-viz' Prometheus. " + install,
			"federation, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export federation",
			"servicemonitor, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export servicemonitor",
			"remote-write, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export remote-write",
			"api, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export api",
			"proxies, first choice: 3 meshed pods. linkerd-gcm export proxies --operator",
		}},
		"without linkerd-viz and the mesh": {Facts{}, []string{
			"gcm-exporter, not here: there is no linkerd-viz' Prometheus. " + install,
			"federation, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export federation",
			"servicemonitor, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export servicemonitor",
			"remote-write, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export remote-write",
			"api, not here: there is no linkerd-viz' Prometheus. linkerd-gcm export api",
			"proxies, possible: 0 meshed pods. linkerd-gcm export proxies",
		}},
		"an operator that runs nothing": {Facts{Viz: elsewhere, HasViz: true, OperatorAPI: true, ManagedAPI: true, Meshed: 1}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, first choice: needs no policy. linkerd-gcm export federation --viz-namespace viz-system",
			"servicemonitor, possible: Managed Service for Prometheus is here; needs no policy. linkerd-gcm export servicemonitor --viz-namespace viz-system --managed",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write --viz-namespace viz-system" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api --viz-namespace viz-system",
			"proxies, possible: 1 meshed pods. linkerd-gcm export proxies --viz-namespace viz-system --managed",
		}},
		"nothing could be read": {Facts{GKE: true, Unread: Unread{Viz: true, Operators: true, Pods: true}}, []string{
			"gcm-exporter, not known: linkerd-viz could not be read. " + install,
			"federation, not known: linkerd-viz could not be read. linkerd-gcm export federation",
			"servicemonitor, not known: linkerd-viz could not be read. linkerd-gcm export servicemonitor",
			"remote-write, not known: linkerd-viz could not be read. linkerd-gcm export remote-write",
			"api, not known: linkerd-viz could not be read. linkerd-gcm export api",
			"proxies, not known: meshed pods could not be read. linkerd-gcm export proxies",
		}},
		"operators could not be read": {Facts{Viz: elsewhere, HasViz: true, Unread: Unread{Operators: true}}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, possible: needs no policy. linkerd-gcm export federation --viz-namespace viz-system",
			"servicemonitor, not known: which operators there are could not be read. linkerd-gcm export servicemonitor --viz-namespace viz-system",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write --viz-namespace viz-system" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api --viz-namespace viz-system",
			"proxies, possible: 0 meshed pods. linkerd-gcm export proxies --viz-namespace viz-system",
		}},
		"what the operator runs could not be read": {Facts{Viz: elsewhere, HasViz: true, OperatorAPI: true, Unread: Unread{Prometheuses: true}}, []string{
			"gcm-exporter, possible: needs a Google Cloud project. " + install,
			"federation, possible: needs no policy. linkerd-gcm export federation --viz-namespace viz-system",
			"servicemonitor, possible: prometheus-operator is installed, and what it runs could not be read; needs no policy. linkerd-gcm export servicemonitor --viz-namespace viz-system",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write --viz-namespace viz-system" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api --viz-namespace viz-system",
			"proxies, possible: 0 meshed pods. linkerd-gcm export proxies --viz-namespace viz-system --operator",
		}},
		"with gcm-exporter": {Facts{Viz: latest, HasViz: true, OperatorAPI: true, Exporter: "gcm-exporter"}, []string{
			"gcm-exporter, first choice: gcm-exporter runs already. linkerd-gcm check",
			"federation, possible: needs a policy, which is printed. linkerd-gcm export federation " + exampleScraper + " (" + exampleScraper + ")",
			"servicemonitor, not here: prometheus-operator is installed, and runs no Prometheus. linkerd-gcm export servicemonitor " + exampleScraper + " (" + exampleScraper + ")",
			"remote-write, possible: needs no policy. linkerd-gcm export remote-write" + write + " (" + exampleURL + ")",
			"api, possible: kubectl needs no policy, pods do. linkerd-gcm export api",
			"proxies, possible: 0 meshed pods. linkerd-gcm export proxies",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, a := range Advise(test.facts) {
				line := fmt.Sprintf("%s, %s: %s. %s", a.Route, a.Fit, a.Here, a.Command)
				if a.Example != "" {
					line += " (" + a.Example + ")"
				}
				got = append(got, line)
				if a.Costs == "" || a.Keeps == "" || a.Loses == "" {
					t.Errorf("%s is not compared", a.Route)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
		})
	}
}

// releaseOf returns the release of a version.
func releaseOf(version string) viz.Release {
	i := slices.IndexFunc(viz.Releases, func(r viz.Release) bool { return r.Name == version })
	return viz.Releases[i]
}

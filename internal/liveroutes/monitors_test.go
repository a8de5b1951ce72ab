package liveroutes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

const (
	serviceMonitors = "/apis/monitoring.coreos.com/v1/servicemonitors"
	podMonitorings  = "/apis/monitoring.googleapis.com/v1/namespaces/linkerd-viz/podmonitorings"
)

// serviceMonitor is one for linkerd-viz' Prometheus.
func serviceMonitor(namespace, name, labels, endpoints string) string {
	return "\nmetadata: {name: " + name + ", namespace: " + namespace + ", labels: " + labels + "}\n" +
		"spec: {selector: {matchLabels: {component: prometheus}}, namespaceSelector: {matchNames: [linkerd-viz]}, sampleLimit: 3, endpoints: [" + endpoints + "]}\n"
}

func TestCheckOfMonitors(t *testing.T) {
	const (
		byName  = "{path: /federate, port: admin, params: {'match[]': [up]}, honorLabels: true}"
		asks    = "√ ServiceMonitor linkerd-viz/federate asks for federation at the right port"
		finds   = "√ the Prometheus monitoring/k8s finds ServiceMonitor linkerd-viz/federate"
		none    = "× no ServiceMonitor asks linkerd-viz' Prometheus for /federate, with match[], at its port admin; EXPORT --output objects | kubectl apply -f -"
		noMatch = "‼ ServiceMonitor linkerd-viz/federate asks for federation without match[]: by this nothing is copied, and nothing is said; kubectl --namespace linkerd-viz edit servicemonitor.monitoring.coreos.com federate, and set params as this command prints them without --check"
		allowed = "√ system:serviceaccount:monitoring:prometheus may list and watch services, endpoints, pods in namespace linkerd-viz"
		apply   = "; EXPORT --output objects | kubectl apply -f -"
		closed  = "{serviceMonitorSelector: {matchLabels: {release: stack}}}"
		open    = "serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}"
		three   = "√ asked through the API server, Prometheus answers with 3 samples: linkerd-controller 1, linkerd-proxy 2"
	)
	one := serviceMonitor("linkerd-viz", "federate", "{release: stack}", byName)
	k8s := func(spec string) string { return "\nmetadata: {name: k8s, namespace: monitoring}\nspec: " + spec }
	for name, test := range map[string]struct {
		form   routes.Form
		change apiServer
		want   []string
	}{
		"no operator": {routes.OfOperator, nil, []string{"× the cluster does not know ServiceMonitors; install prometheus-operator, or see what else there is with linkerd-gcm advise", three, allowed}},
		"none":        {routes.OfOperator, apiServer{serviceMonitors: ""}, []string{none, three, allowed}},
		"not allowed": {routes.OfOperator, apiServer{serviceMonitors: "403 "}, []string{"‼ which ServiceMonitors there are is not known", three, allowed}},
		"found":       {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{" + open + "}")}, []string{asks, finds, three, allowed}},
		"the Prometheus looks elsewhere, and for another label": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "federate", "{}", byName), prometheuses: k8s(closed)}, []string{asks,
			"× the Prometheus monitoring/k8s does not find ServiceMonitor linkerd-viz/federate: its serviceMonitorSelector is release=stack, its serviceMonitorNamespaceSelector not set" + apply, three, allowed}},
		"the Prometheus looks elsewhere": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s(closed)}, []string{asks,
			"× the Prometheus monitoring/k8s does not find ServiceMonitor linkerd-viz/federate: its serviceMonitorSelector is release=stack, its serviceMonitorNamespaceSelector not set" + apply, three, allowed}},
		"in the namespace of the Prometheus": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("monitoring", "federate", "{release: stack}", byName), prometheuses: k8s(closed)}, []string{
			"√ ServiceMonitor monitoring/federate asks for federation at the right port", "√ the Prometheus monitoring/k8s finds ServiceMonitor monitoring/federate", three, allowed}},
		"the Prometheus ignores namespaceSelector": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("monitoring", "federate", "{}", byName), prometheuses: k8s("{ignoreNamespaceSelectors: true, " + open + "}")}, []string{
			"√ ServiceMonitor monitoring/federate asks for federation at the right port",
			"× the Prometheus monitoring/k8s finds ServiceMonitor monitoring/federate, but ignores namespaceSelector, and so looks for Services in namespace monitoring alone; give --monitor-namespace linkerd-viz", three, allowed}},
		"no Prometheus there":         {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: "\nmetadata: {name: other, namespace: other}"}, []string{asks, "× prometheus-operator runs no Prometheus in namespace monitoring that would scrape", three, allowed}},
		"the Prometheus is not known": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: "403 "}, []string{asks, "‼ which Prometheus finds ServiceMonitor linkerd-viz/federate is not known", three, allowed}},
		"the namespace is not known": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {a: b}}}"), "/api/v1/namespaces/linkerd-viz": "403 "}, []string{asks,
			"‼ whether the Prometheus monitoring/k8s finds ServiceMonitor linkerd-viz/federate is not known: reading the labels of namespace linkerd-viz", three, allowed}},
		"another page": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "own", "{}", "{path: /metrics, port: admin}")}, []string{none, three, allowed}},
		"by number": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "federate", "{}", "{path: /federate, targetPort: 9090, params: {'match[]': [up]}, honorLabels: true}"), prometheuses: k8s("{" + open + "}")},
			[]string{asks, finds, three, allowed}},
		"an old one beside": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "old", "{}", "{path: /federate, port: admin-http}") + "---" + one, prometheuses: k8s("{" + open + "}")}, []string{
			`‼ ServiceMonitor linkerd-viz/old names port "admin-http", and Prometheus' port is called "admin": by this nothing is found, and nothing is said; kubectl --namespace linkerd-viz delete servicemonitor.monitoring.coreos.com old`, asks, finds, three, allowed}},
		"an old one with other endpoints": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "old", "{}", "{path: /federate, targetPort: web}, {port: admin}")}, []string{
			`‼ ServiceMonitor linkerd-viz/old names port "web", and Prometheus' port is called "admin": by this nothing is found, and nothing is said; kubectl --namespace linkerd-viz edit servicemonitor.monitoring.coreos.com old`, none, three, allowed}},
		"of others": {routes.OfOperator, apiServer{serviceMonitors: "\nmetadata: {name: elsewhere, namespace: shop}\nspec: {selector: {}, endpoints: [{port: admin, path: /federate}]}\n---\n" +
			"metadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {app: web}}, namespaceSelector: {any: true}, endpoints: [{port: admin, path: /federate}]}"}, []string{none, three, allowed}},
		"without honorLabels": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "federate", "{}", "{path: /federate, port: admin, params: {'match[]': [up]}}"), prometheuses: k8s("{" + open + "}")}, []string{
			"× ServiceMonitor linkerd-viz/federate does not set honorLabels: the series' own job, instance and namespace become exported_job and so on; kubectl --namespace linkerd-viz edit servicemonitor.monitoring.coreos.com federate, and set honorLabels to true", finds, three, allowed}},
		"without match[]":                       {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "federate", "{}", "{path: /federate, port: admin, honorLabels: true}")}, []string{noMatch, none, three, allowed}},
		"with an empty match[], beside another": {routes.OfOperator, apiServer{serviceMonitors: serviceMonitor("linkerd-viz", "federate", "{release: stack}", "{path: /federate, port: admin, params: {'match[]': ['']}}, "+byName), prometheuses: k8s("{" + open + "}")}, []string{noMatch, asks, finds, three, allowed}},
		"honorLabels overridden": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{overrideHonorLabels: true, " + open + "}")}, []string{asks,
			"× the Prometheus monitoring/k8s finds ServiceMonitor linkerd-viz/federate, and overrides honorLabels: the series' own job, instance and namespace become exported_job and so on; set its overrideHonorLabels to false", three, allowed}},
		"a smaller limit": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{enforcedSampleLimit: 2, " + open + "}")}, []string{asks, finds,
			"× a scrape has 3 samples (linkerd-controller 1, linkerd-proxy 2), which is more than the 2 of enforcedSampleLimit of the Prometheus monitoring/k8s: it would fail as a whole; raise enforcedSampleLimit of the Prometheus monitoring/k8s, or give --recorded only", allowed}},
		"a larger limit": {routes.OfOperator, apiServer{serviceMonitors: strings.Replace(one, "sampleLimit: 3", "sampleLimit: 4", 1), prometheuses: k8s("{" + open + "}"), proxy: "200 " + scrape + "up{job=\"x\"} 1\n"}, []string{asks, finds,
			"√ asked through the API server, Prometheus answers with 4 samples: linkerd-controller 1, linkerd-proxy 2, x 1", allowed}},
		"slices of endpoints": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{serviceDiscoveryRole: EndpointSlice, " + open + "}")}, []string{asks, finds, three, strings.Replace(allowed, "endpoints", "endpointslices", 1)}},
		"not permitted": {routes.OfOperator, apiServer{serviceMonitors: one, prometheuses: k8s("{" + open + "}"), roles: `{"status": {"allowed": false}}`}, []string{asks, finds, three,
			"× system:serviceaccount:monitoring:prometheus may not list services, watch services, list endpoints, watch endpoints, list pods, watch pods in namespace linkerd-viz: it finds no targets" + apply}},
		"not managed":   {routes.Managed, nil, []string{"× the cluster does not know PodMonitorings; enable Managed Service for Prometheus, or see what else there is with linkerd-gcm advise", three}},
		"none, managed": {routes.Managed, apiServer{podMonitorings: ""}, []string{"× no PodMonitoring asks linkerd-viz' Prometheus for /federate, with match[], at its port admin" + apply, three}},
		"managed": {routes.Managed, apiServer{podMonitorings: "\nmetadata: {name: federate, namespace: linkerd-viz}\nspec: {selector: {matchLabels: {component: prometheus}}, limits: {samples: 2}, endpoints: [{path: /federate, port: 9090, params: {'match[]': [up]}}]}"}, []string{
			"√ PodMonitoring linkerd-viz/federate asks for federation at the right port",
			"× a scrape has 3 samples (linkerd-controller 1, linkerd-proxy 2), which is more than the 2 of limits.samples of PodMonitoring linkerd-viz/federate: it would fail as a whole; raise limits.samples of PodMonitoring linkerd-viz/federate, or give --recorded only"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			a[policy+"v1beta3"+inViz+"servers"], a[proxy] = "", "200 "+scrape
			for path, text := range test.change {
				a[path] = text
			}
			who := scraper
			if test.form == routes.Managed {
				who = routes.Scraper{}
			}
			route, _ := routes.Find("servicemonitor")
			found, err := a.start(t).Check(t.Context(), route, requestFor(who, test.form), "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			const before = 2 // what linkerd-viz has, and who is let in
			if diff := cmp.Diff(test.want, texts(found)[before:]); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMonitorsThatCannotBePrinted names nobody: a monitor can be printed where there is no
// policy to print.
func TestMonitorsThatCannotBePrinted(t *testing.T) {
	lost := serviceMonitor("linkerd-viz", "federate", "{}", "{path: /federate, port: admin, params: {'match[]': [up]}, honorLabels: true}")
	const apply = "EXPORT --output objects | kubectl apply -f -"
	for name, test := range map[string]struct {
		form     routes.Form
		monitors string
		noPolicy bool
		open     bool
		want     string
	}{
		"none":                     {routes.OfOperator, "", false, false, nameScraper(routes.Request{})},
		"none, let in already":     {routes.OfOperator, "", true, false, apply},
		"none, and no Server":      {routes.OfOperator, "", false, true, apply},
		"one that nobody finds":    {routes.OfOperator, lost, false, false, nameScraper(routes.Request{})},
		"none, managed":            {routes.Managed, "", false, false, nameScraper(routes.Request{Form: routes.Managed})},
		"none, managed, no Server": {routes.Managed, "", false, true, apply},
		"one lost, let in already": {routes.OfOperator, lost, true, false, apply},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			a[serviceMonitors], a[podMonitorings] = test.monitors, ""
			a[prometheuses] = "\nmetadata: {name: k8s, namespace: monitoring}\nspec: {serviceMonitorSelector: {matchLabels: {release: stack}}}"
			if test.open {
				a[policy+"v1beta3"+inViz+"servers"] = ""
			}
			r := requestFor(nobody, test.form)
			r.NoPolicy = test.noPolicy
			route, _ := routes.Find("servicemonitor")
			found, err := a.start(t).Check(t.Context(), route, r, "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(found, func(r Result) bool { return r.Status == Fails })
			if i < 0 || found[i].Fix != test.want {
				t.Errorf("want fix %q:\n%s", test.want, strings.Join(texts(found), "\n"))
			}
		})
	}
}

package routes

import (
	"maps"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
	printed "github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// TestMonitorsAreThoseOfTheOperator decodes what is printed for each release into the
// operator's own types. A field that they do not have is an error.
func TestMonitorsAreThoseOfTheOperator(t *testing.T) {
	for _, release := range viz.Releases {
		request := printed.Request{
			Viz: printed.OfRelease(release, "linkerd-viz"), Form: printed.OfOperator, Scraper: printed.Scraper{ServiceAccount: "prometheus", Namespace: "monitoring"},
			Recorded: printed.WithoutRecorded, Interval: printed.DefaultInterval, SampleLimit: 9, Metrics: printed.DefaultMetrics,
			Operator: printed.Operator{Labels: map[string]string{"release": "monitoring"}},
		}
		var service monitoring.ServiceMonitor
		decode(t, "servicemonitor", request, &service)
		endpoint := service.Spec.Endpoints[0]
		if endpoint.Port != release.PortName || endpoint.Path != "/federate" || !endpoint.HonorLabels || len(endpoint.Params["match[]"]) < 3 {
			t.Errorf("%s: %+v", release.Name, endpoint)
		}
		if endpoint.Interval == "" || endpoint.ScrapeTimeout == "" || service.Spec.SampleLimit == nil || *service.Spec.SampleLimit != 9 {
			t.Errorf("%s: interval %s, timeout %s, limit %v", release.Name, endpoint.Interval, endpoint.ScrapeTimeout, service.Spec.SampleLimit)
		}
		if !maps.Equal(service.Spec.Selector.MatchLabels, viz.PrometheusLabels()) || service.Labels["release"] != "monitoring" {
			t.Errorf("%s: selector %v, labels %v", release.Name, service.Spec.Selector, service.Labels)
		}
		var pods monitoring.PodMonitor
		decode(t, "proxies", request, &pods)
		if e := pods.Spec.PodMetricsEndpoints[0]; e.Port == nil || *e.Port != "linkerd-admin" || !pods.Spec.NamespaceSelector.Any || len(e.RelabelConfigs) < 8 || len(e.MetricRelabelConfigs) != 1 {
			t.Errorf("%s: %+v", release.Name, e)
		}
	}
}

// decode prints a route and decodes its first document.
func decode(t *testing.T, name string, request printed.Request, into any) {
	t.Helper()
	route, _ := printed.Find(name)
	out, err := route.Print(request)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(out.Objects, "\n---\n")
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}

// TestOperatorsPrometheusHasTheSeriesThatVizHas applies what is printed for the Prometheus of
// prometheus-operator, by the very commands that the text names, and runs Prometheus with the
// configuration that the operator makes of it.
func TestOperatorsPrometheusHasTheSeriesThatVizHas(t *testing.T) {
	t.Parallel()
	m := newMesh(t, 20)
	from, in := m.startViz(), " --viz-namespace "+m.namespace
	m.giveEndpoints()
	m.apply(readFile(t, "e2e/routes/testdata/linkerd-policies.yaml"))
	m.apply("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: prometheus-admin, namespace: " + m.namespace + "}\n" +
		"spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1}\n")
	o := m.startOperator()

	m.runApply("linkerd-gcm export servicemonitor --interval 10s" + in)
	m.expectForOperator(o, in)
	m.expectAllowed("linkerd-gcm export servicemonitor"+in, 1)
	federated := func(config string) bool {
		return strings.Contains(config, "serviceMonitor/"+m.namespace+"/linkerd-viz-federation/0")
	}
	endpoints := m.startOperators("endpoints", o.await("the ServiceMonitor", federated))
	o.discover(monitoring.EndpointSliceRole)
	slices := m.startOperators("slices", o.await("EndpointSlices", func(config string) bool {
		return federated(config) && strings.Contains(config, "role: endpointslice")
	}))

	m.printed("kubectl delete servicemonitor linkerd-viz-federation --namespace " + m.namespace)
	m.runApply("linkerd-gcm export proxies --operator --interval 10s" + in)
	m.expectAllowed("linkerd-gcm export proxies --operator"+in, 1)
	// The PodMonitor has to be in the Prometheus' own namespace, since no selector says otherwise.
	scraped := func(config string) bool {
		return strings.Contains(config, "podMonitor/"+o.namespace+"/linkerd-proxy/0") && !strings.Contains(config, "serviceMonitor/")
	}
	some := m.startOperators("some", o.await("the PodMonitor", scraped))
	m.runApply("linkerd-gcm export proxies --operator --interval 10s --metrics all" + in + " 2>warnings")
	all := m.startOperators("all", o.await("all metrics", func(config string) bool {
		return scraped(config) && !strings.Contains(config, "metric_relabel_configs")
	}))

	m.freeze()
	for what, to := range map[string]string{"by Endpoints": endpoints, "by EndpointSlices": slices} {
		m.expectSame("the copy is complete, "+what, from, to, `{job=~"linkerd-.*",__name__!~".*:.*"}`, nil)
		m.expectOnly(to, false)
	}
	selector := `{job="linkerd-proxy",namespace="` + m.shop() + `",__name__!~".*:.*"}`
	m.expectSame("the proxies are scraped", from, all, selector, nil)
	m.expectSame("some metrics are kept", from, some, selector, keptByDefault)
}

// startOperators starts the operator's Prometheus with a configuration that the operator has
// made.
func (m *mesh) startOperators(name string, config []byte) (address string) {
	m.t.Helper()
	address = processtest.FreeAddress(m.t)
	m.runPrometheus(name, address, config)
	return address
}

// expectForOperator wants to have been read from the cluster which Prometheus is to find a
// ServiceMonitor, and who it is.
func (m *mesh) expectForOperator(o *operator, in string) {
	m.t.Helper()
	var service monitoring.ServiceMonitor
	if err := yaml.Unmarshal([]byte(m.printed("kubectl get servicemonitor linkerd-viz-federation --output yaml --namespace "+m.namespace)), &service); err != nil {
		m.t.Fatal(err)
	}
	if service.Labels["release"] != "stack" || service.Spec.Endpoints[0].Port != "admin" {
		m.t.Errorf("labels %v, port %s", service.Labels, service.Spec.Endpoints[0].Port)
	}
	out, _ := m.shell("linkerd-gcm export servicemonitor --check" + in)
	for _, want := range []string{
		"√ service account " + o.namespace + "/prometheus-k8s is let in by AuthorizationPolicy " + m.namespace + "/prometheus-admin-from-" + o.namespace + ".prometheus-k8s",
		"√ ServiceMonitor " + m.namespace + "/linkerd-viz-federation asks for federation at the right port",
		"√ the Prometheus " + o.namespace + "/k8s finds ServiceMonitor " + m.namespace + "/linkerd-viz-federation",
		"√ system:serviceaccount:" + o.namespace + ":prometheus-k8s may list and watch services, endpoints, pods in namespace " + m.namespace,
	} {
		if !strings.Contains(out, want) {
			m.t.Errorf("want %q, the check says:\n%s", want, out)
		}
	}
	want := "linkerd-gcm export servicemonitor" + in + " --service-account prometheus-k8s --namespace " + o.namespace
	if out := m.printed("linkerd-gcm advise" + in); !strings.Contains(out, want) {
		m.t.Errorf("want %q, advised:\n%s", want, out)
	}
}

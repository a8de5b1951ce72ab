package routes

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

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

// TestMonitorsAreMadeForTheOperatorsPrometheus reads from the API server what the operator's
// Prometheus selects and who it is, and applies what is printed for it.
func TestMonitorsAreMadeForTheOperatorsPrometheus(t *testing.T) {
	t.Parallel()
	m := newMesh(t, 7)
	for _, file := range []string{"linkerd-policies.yaml", "prometheus-operator.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		m.apply(string(text))
	}
	own := "monitoring-of-" + m.namespace
	m.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: own}})
	prometheus := monitoring.Prometheus{
		TypeMeta:   metav1.TypeMeta{APIVersion: "monitoring.coreos.com/v1", Kind: "Prometheus"},
		ObjectMeta: metav1.ObjectMeta{Name: "k8s", Namespace: own},
	}
	prometheus.Spec.ServiceAccountName = "prometheus-k8s"
	prometheus.Spec.ServiceMonitorSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"release": "stack"}}
	prometheus.Spec.PodMonitorSelector = &metav1.LabelSelector{}
	prometheus.Spec.ServiceMonitorNamespaceSelector = &metav1.LabelSelector{}
	text, err := yaml.Marshal(prometheus)
	if err != nil {
		t.Fatal(err)
	}
	m.apply(string(text))
	m.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: prometheus-k8s-0, namespace: " + own + ", labels: {operator.prometheus.io/name: k8s, linkerd.io/control-plane-ns: linkerd}}\n" +
		"spec: {automountServiceAccountToken: false, containers: [{name: prometheus, image: prometheus}]}\n")
	m.apply("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: prometheus-admin, namespace: " + m.namespace + "}\n" +
		"spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1}\n")

	in := " --viz-namespace " + m.namespace
	m.runApply("linkerd-gcm export servicemonitor" + in)
	m.runApply("linkerd-gcm export proxies --operator" + in)
	var service monitoring.ServiceMonitor
	if err := yaml.Unmarshal([]byte(m.printed("kubectl get servicemonitor linkerd-viz-federation --output yaml --namespace "+m.namespace)), &service); err != nil {
		t.Fatal(err)
	}
	if service.Labels["release"] != "stack" || service.Spec.Endpoints[0].Port != "admin" {
		t.Errorf("labels %v, port %s", service.Labels, service.Spec.Endpoints[0].Port)
	}
	// A PodMonitor has to be in the Prometheus' own namespace, since no selector says otherwise.
	m.printed("kubectl get podmonitor linkerd-proxy --namespace " + own)
	out, _ := m.shell("linkerd-gcm export servicemonitor --check" + in)
	for _, want := range []string{
		"√ service account " + own + "/prometheus-k8s is let in by AuthorizationPolicy " + m.namespace + "/prometheus-admin-from-" + own + ".prometheus-k8s",
		"√ ServiceMonitor " + m.namespace + "/linkerd-viz-federation names port admin, as the Service does",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q, the check says:\n%s", want, out)
		}
	}
	want := "linkerd-gcm export servicemonitor" + in + " --service-account prometheus-k8s --namespace " + own
	if out := m.printed("linkerd-gcm advise" + in); !strings.Contains(out, want) {
		t.Errorf("want %q, advised:\n%s", want, out)
	}
}

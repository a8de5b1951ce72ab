package liveroutes

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
)

// meshedPod is a pod that runs. Its default policy is in the variable of its proxy, as the
// injector leaves it where it is that of the cluster.
func meshedPod(namespace, name, policy string) string {
	return fmt.Sprintf(`
metadata: {name: %s, namespace: %s, labels: {linkerd.io/control-plane-ns: linkerd, app: %s}}
spec: {containers: [{name: linkerd-proxy, env: [{name: LINKERD2_PROXY_INBOUND_DEFAULT_POLICY, value: %s}], ports: [{name: linkerd-admin, containerPort: 4191}]}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
`, name, namespace, name, policy)
}

func podsOf(all ...string) string { return strings.Join(all, "---\n") }

func TestDefaultPolicies(t *testing.T) {
	variable := func(container, value string) []corev1.Container {
		return []corev1.Container{{Name: "web", Env: []corev1.EnvVar{{Name: inboundPolicyVariable, Value: "audit"}}}, {Name: container, Env: []corev1.EnvVar{{Name: inboundPolicyVariable, Value: value}}}}
	}
	annotated := func(policy string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Annotations: map[string]string{inboundPolicyAnnotation: policy}}
	}
	for name, test := range map[string]struct {
		pod  pod
		want string
	}{
		"of the cluster":                      {pod{Spec: corev1.PodSpec{Containers: variable(proxyContainer, "deny")}}, "deny"},
		"of the cluster, in a native sidecar": {pod{Spec: corev1.PodSpec{InitContainers: variable(proxyContainer, "cluster-authenticated")}}, "cluster-authenticated"},
		"of the workload":                     {pod{ObjectMeta: annotated("deny"), Spec: corev1.PodSpec{Containers: variable(proxyContainer, "all-unauthenticated")}}, "deny"},
		"of nobody, by a wrong word":          {pod{ObjectMeta: annotated("refuse"), Spec: corev1.PodSpec{Containers: variable(proxyContainer, "deny")}}, "deny"},
		"of the charts":                       {pod{Spec: corev1.PodSpec{Containers: variable("other", "deny")}}, "all-unauthenticated"},
	} {
		if got := test.pod.defaultPolicy(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

const (
	servers      = policy + "v1beta3/servers"
	podMonitors  = "/apis/monitoring.coreos.com/v1/podmonitors"
	prometheuses = "/apis/monitoring.coreos.com/v1/prometheuses"
	managed      = "/apis/monitoring.googleapis.com/v1/clusterpodmonitorings"
)

func metricsOf(namespace, name string) string {
	return "/api/v1/namespaces/" + namespace + "/pods/" + name + ":4191/proxy/metrics"
}

// metrics are what a proxy answers: 3 samples that are kept, and others.
const metrics = "200 # TYPE request_total counter\nrequest_total{direction=\"inbound\",x=\"a b\"} 1\nrequest_total{direction=\"outbound\"} 1\n" +
	"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1\nproxy_build_info{version=\"x\"} 1\n"

var (
	network = routes.Scraper{Networks: []netip.Prefix{netip.MustParsePrefix("10.8.0.0/14")}}
	nobody  routes.Scraper
)

// threeKinds is a namespace in which a Server lets in the scraper, one lets in nobody, and a
// pod has none.
var threeKinds = map[string]string{
	"/api/v1/pods": podsOf(meshedPod("shop", "a", "deny"), meshedPod("shop", "b", "deny"), meshedPod("shop", "c", "deny")),
	servers: `
metadata: {name: admin-a, namespace: shop}
spec: {podSelector: {matchLabels: {app: a}}, port: 4191}
---
metadata: {name: admin-b, namespace: shop}
spec: {podSelector: {matchExpressions: [{key: app, operator: In, values: [b]}]}, port: linkerd-admin}
`,
	policy + "v1beta1/serverauthorizations": "",
	policy + "v1alpha1/authorizationpolicies": `
metadata: {name: scrape, namespace: shop}
spec: {targetRef: {kind: Server, name: admin-a}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]}
`,
}

func TestCheckProxies(t *testing.T) {
	const (
		may      = "√ system:serviceaccount:monitoring:prometheus may list and watch pods in all namespaces"
		none     = "√ no policy keeps a scraper from the proxies"
		meshed   = "√ 1 of 1 pods with service account monitoring/prometheus are meshed"
		one      = "√ 1 meshed pods in 1 namespaces"
		notAsked = "‼ asked through the API server, which no policy lets in, the proxies of 1 namespace answer 403, as their policies have it: how many samples they have is not known"
		answers  = "√ asked through the API server, a proxy answers in each of 1 namespace; most samples to keep has shop/a, 3"
	)
	who := "; " + nameScraper(routes.Request{})
	shop := func(policy string) string { return meshedPod("shop", "a", policy) }
	monitor := func(namespace, more, selector, endpoint string) string {
		return "\nmetadata: {name: own, namespace: " + namespace + more + "}\nspec: {selector: " + selector + ", namespaceSelector: {any: true}, podMetricsEndpoints: [" + endpoint + "], endpoints: [" + endpoint + "]}\n"
	}
	for name, test := range map[string]struct {
		scraper routes.Scraper
		form    routes.Form
		named   []string
		change  map[string]string
		want    []string
	}{
		"that let everybody in": {scraper, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("all-unauthenticated"), metricsOf("shop", "a"): metrics}, []string{one, none, answers, may}},
		"that refuse by the default of the cluster": {scraper, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("deny"), metricsOf("shop", "a"): "403 "}, []string{one,
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is deny; APPLY", meshed, notAsked, may}},
		"with two Servers, and without one": {scraper, routes.Plain, nil, threeKinds, []string{"√ 3 meshed pods in 1 namespaces",
			"√ service account monitoring/prometheus is let in by AuthorizationPolicy shop/scrape",
			"× service account monitoring/prometheus gets 403: Server shop/admin-b lets in nobody whom no policy names, and none names it; APPLY",
			"× 1 of 3 proxies in namespace shop answer 403 to the scrape: their default policy is deny; APPLY", meshed,
			"‼ asked through the API server, the proxy of shop/a answers 404", may}},
		"that let in meshed clients, for a meshed one": {scraper, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("cluster-authenticated"), metricsOf("shop", "a"): "403 "}, []string{one, none, meshed, notAsked, may}},
		"that let in meshed clients, for an unmeshed one": {network, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("cluster-authenticated"), metricsOf("shop", "a"): "403 "}, []string{one,
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is cluster-authenticated, which lets in meshed clients alone; APPLY", notAsked}},
		"that let in meshed clients, for who knows whom": {nobody, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("all-authenticated"), metricsOf("shop", "a"): "403 "}, []string{one,
			"‼ proxies in namespaces shop let in meshed clients alone, and who scrapes is not known" + who, notAsked}},
		"that let in meshed clients, for Managed Service for Prometheus": {nobody, routes.Managed, nil, map[string]string{"/api/v1/pods": shop("all-authenticated"), metricsOf("shop", "a"): "403 ", managed: monitor("''", "", "{}", "{port: linkerd-admin}")}, []string{one,
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is all-authenticated, which lets in meshed clients alone; " + nameScraper(routes.Request{Form: routes.Managed}),
			"√ ClusterPodMonitoring own is for port linkerd-admin of all meshed pods", notAsked}},
		"that have ended": {scraper, routes.Plain, nil, map[string]string{"/api/v1/pods": podsOf(shop("all-unauthenticated"), strings.Replace(meshedPod("batch", "job", "deny"), "Running", "Succeeded", 1)), metricsOf("shop", "a"): metrics}, []string{one, none, answers, may}},
		"with more samples than are taken": {network, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("all-unauthenticated"), metricsOf("shop", "a"): metrics + "response_total 1\n"}, []string{one, none,
			"× a scrape of shop/a has 4 samples to keep, which is more than --sample-limit 3: it would fail as a whole; give a larger --sample-limit, or fewer sets with --metrics"}},
		"that may not be asked": {network, routes.Plain, nil, map[string]string{"/api/v1/pods": podsOf(shop("deny"), meshedPod("stock", "b", "audit")), metricsOf("shop", "a"): `403 {"kind":"Status","message":"pods \"a\" is forbidden"}`, metricsOf("stock", "b"): metrics}, []string{"√ 2 meshed pods in 2 namespaces",
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is deny; APPLY",
			"√ asked through the API server, a proxy answers in each of 1 namespace; most samples to keep has stock/b, 3",
			`‼ you may not ask the proxy of shop/a through the API server, so how many samples there are is not known: pods "a" is forbidden; ask for the permission to get pods/proxy there`}},
		"that refuse nobody knows why": {network, routes.Plain, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): "403 "}, []string{one, none,
			"‼ asked through the API server, the proxy of shop/a answers 403, although no policy that is known refuses it"}},
		"of a namespace that is named": {network, routes.Plain, []string{"shop"}, map[string]string{"/api/v1/pods": podsOf(shop("deny"), meshedPod("stock", "b", "deny")), metricsOf("shop", "a"): "403 ", metricsOf("stock", "b"): "403 "}, []string{"√ 2 meshed pods in 2 namespaces",
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is deny; APPLY",
			"‼ proxies in namespaces stock do not let everybody in, either; leave out --deny-namespace, or name these as well",
			strings.Replace(notAsked, "1 namespace", "2 namespaces", 1)}},
		"without an operator": {network, routes.OfOperator, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): metrics}, []string{one, none,
			"× the cluster does not know PodMonitors; install prometheus-operator, or see what else there is with linkerd-gcm advise", answers}},
		"without Managed Service for Prometheus": {network, routes.Managed, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): metrics}, []string{one, none,
			"× the cluster does not know ClusterPodMonitorings; enable Managed Service for Prometheus, or see what else there is with linkerd-gcm advise", answers}},
		"without a monitor": {network, routes.OfOperator, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): metrics, podMonitors: monitor("a", "", "{}", "{port: http}")}, []string{one, none,
			"× no PodMonitor is for port linkerd-admin of meshed pods; EXPORT --output objects | kubectl apply -f -", answers}},
		"without a monitor, for who knows whom": {nobody, routes.OfOperator, nil, map[string]string{"/api/v1/pods": shop("deny"), metricsOf("shop", "a"): "403 ", podMonitors: ""}, []string{one,
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is deny" + who,
			"× no PodMonitor is for port linkerd-admin of meshed pods" + who, notAsked}},
		"without a monitor, and without a policy": {nobody, routes.OfOperator, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): metrics, podMonitors: ""}, []string{one, none,
			"× no PodMonitor is for port linkerd-admin of meshed pods; EXPORT --output objects | kubectl apply -f -", answers}},
		"without a monitor, managed": {nobody, routes.Managed, nil, map[string]string{"/api/v1/pods": shop("deny"), metricsOf("shop", "a"): "403 ", managed: ""}, []string{one,
			"× 1 of 1 proxies in namespace shop answer 403 to the scrape: their default policy is deny; " + nameScraper(routes.Request{Form: routes.Managed}),
			"× no ClusterPodMonitoring is for port linkerd-admin of meshed pods; " + nameScraper(routes.Request{Form: routes.Managed}), notAsked}},
		"with a monitor of some": {network, routes.OfOperator, nil, map[string]string{"/api/v1/pods": podsOf(shop("audit"), meshedPod("shop", "b", "audit")), metricsOf("shop", "a"): metrics,
			podMonitors: monitor("x", "", "{matchLabels: {app: b}}", "{portNumber: 4191}"), prometheuses: "\nmetadata: {name: k8s, namespace: x}\nspec: {podMonitorSelector: {}}"}, []string{"√ 2 meshed pods in 1 namespaces", none,
			"‼ PodMonitor x/own is for 1 of 2 meshed pods; EXPORT --output objects | kubectl apply -f -", "√ the Prometheus x/k8s finds PodMonitor x/own", answers}},
		"with a monitor that no Prometheus finds": {network, routes.OfOperator, nil, map[string]string{"/api/v1/pods": shop("audit"), metricsOf("shop", "a"): metrics,
			podMonitors: monitor("linkerd-viz", ", labels: {release: other}", "{}", "{port: linkerd-admin}"), prometheuses: "\nmetadata: {name: k8s, namespace: x}\nspec: {podMonitorSelector: {matchLabels: {release: stack}}}"}, []string{one, none,
			"√ PodMonitor linkerd-viz/own is for port linkerd-admin of all meshed pods",
			"× the Prometheus x/k8s does not find PodMonitor linkerd-viz/own: its podMonitorSelector is release=stack, its podMonitorNamespaceSelector not set; EXPORT --output objects | kubectl apply -f -", answers}},
		"that are not there": {scraper, routes.Plain, nil, map[string]string{"/api/v1/pods": ""}, []string{"× there are no meshed pods: none that runs has the label linkerd.io/control-plane-ns"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.change {
				a[path] = text
			}
			r := requestFor(test.scraper, test.form)
			for _, n := range test.named {
				r.Guarded = append(r.Guarded, routes.GuardedNamespace{Name: n})
			}
			route, _ := routes.Find(proxiesRoute)
			found, err := a.start(t).Check(t.Context(), route, r, "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			got := texts(found)
			for i, line := range got { // without what the API server says of a page that is not there
				got[i], _, _ = strings.Cut(line, " answers 404: ")
				if got[i] != line {
					got[i] += " answers 404"
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswersThatAreAlikeAreSaidTogether(t *testing.T) {
	of := func(namespace string, code int, text, ofAPIServer string, err error) asked {
		return asked{pod: pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace}}, answer: answer{code, text, ofAPIServer}, err: err}
	}
	broken := func(namespace string) asked {
		return of(namespace, 0, "", "", fmt.Errorf("asking %s: %w", namespace, &url.Error{Op: "Get", URL: namespace, Err: io.EOF}))
	}
	cut := of("cut", 0, "", "", fmt.Errorf("asking cut: %w", bufio.ErrTooLong))
	var all results
	all.checkAnswers(Proxies{}, []asked{
		of("a", 502, "dial 10.0.0.1\nmore", "", nil), of("b", 502, "dial 10.0.0.2", "", nil), of("c", 502, "", "", nil), of("d", 502, "", "", nil),
		of("e", 403, "", "pods a is forbidden", nil), broken("f"), cut, of("g", 403, "", "pods b is forbidden", nil), broken("h"),
		of("i", 403, "", "", nil), of("j", 403, "", "", nil), of("k", 200, "", "", nil), of("l", 404, "no page", "", nil),
	}, 0)
	want := []string{
		"‼ asked through the API server, the proxies of namespaces a, b, c and 1 more answer 502, that of a/a: dial 10.0.0.1",
		"‼ asked through the API server, nothing can be read of the proxies of namespaces f and h: EOF",
		"‼ asked through the API server, nothing can be read of the proxy of cut/a: bufio.Scanner: token too long",
		"‼ asked through the API server, the proxies of namespaces i and j answer 403, although no policy that is known refuses it",
		"‼ asked through the API server, the proxy of l/a answers 404: no page",
		"√ asked through the API server, a proxy answers in each of 1 namespace; most samples to keep has k/a, 0",
		"‼ you may not ask the proxies of namespaces e and g through the API server, so how many samples there are is not known: pods a is forbidden; ask for the permission to get pods/proxy there",
	}
	if diff := cmp.Diff(want, texts(all)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestFillProxies(t *testing.T) {
	notIn := func(value string) metav1.LabelSelectorRequirement {
		return metav1.LabelSelectorRequirement{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: []string{value}}
	}
	mixed := routes.GuardedNamespace{Name: "shop", Servers: []string{"admin-a", "admin-b"}, Defaults: []string{"deny"}, Others: []metav1.LabelSelectorRequirement{notIn("a"), notIn("b")}}
	noViz := "namespace linkerd-viz has no Service of linkerd-viz' Prometheus (labels component=prometheus,linkerd.io/extension=viz): name linkerd-viz' namespace with --viz-namespace, or give --viz-version to use no cluster"
	old := map[string]string{
		core + "services": "", servers: "404 {}", policy + "v1beta2/servers": "404 {}", policy + "v1beta1/servers": "",
		prometheuses: "\nmetadata: {name: k8s, namespace: monitoring}\nspec: {podMonitorSelector: {}, podMonitorNamespaceSelector: {}}", "/api/v1/namespaces/monitoring/pods": "",
	}
	for name, test := range map[string]struct {
		scraper routes.Scraper
		form    routes.Form
		named   []string
		change  map[string]string
		guarded []routes.GuardedNamespace
		notes   []string
		// version is that of Servers, and namespace that of monitors.
		version, namespace string
	}{
		"Servers and pods without one": {scraper, routes.Plain, nil, threeKinds, []routes.GuardedNamespace{mixed}, nil, "v1beta3", ""},
		"the same, by its name":        {scraper, routes.Plain, []string{"shop"}, threeKinds, []routes.GuardedNamespace{mixed}, nil, "v1beta3", ""},
		"another one, by its name": {scraper, routes.Plain, []string{"stock"}, threeKinds, []routes.GuardedNamespace{{Name: "stock"}},
			[]string{"namespace stock has no meshed pods yet, or does not exist"}, "v1beta3", ""},
		"one that a Server opens": {scraper, routes.Plain, []string{"shop"}, map[string]string{"/api/v1/pods": meshedPod("shop", "a", "deny"), servers: "\nmetadata: {name: open, namespace: shop}\nspec: {podSelector: {}, port: 4191, accessPolicy: all-unauthenticated}",
			policy + "v1beta1/serverauthorizations": ""}, []routes.GuardedNamespace{{Name: "shop", Servers: []string{"open"}}}, []string{"the proxies of namespace shop let everybody in by Server open"}, "v1beta3", ""},
		"a selector that has no opposite": {network, routes.Plain, nil, map[string]string{"/api/v1/pods": podsOf(meshedPod("shop", "a", "deny"), meshedPod("shop", "b", "deny"), meshedPod("shop", "c", "audit")), servers: "\nmetadata: {name: own, namespace: shop}\nspec: {podSelector: {matchLabels: {app: a, linkerd.io/control-plane-ns: linkerd}}, port: 4191}",
			policy + "v1beta1/serverauthorizations": ""}, []routes.GuardedNamespace{{Name: "shop", Servers: []string{"own"}, Defaults: []string{"audit", "deny"}, Shared: []string{"own"}}}, nil, "v1beta3", ""},
		"what differs, for Managed Service for Prometheus": {nobody, routes.Managed, nil, map[string]string{"/api/v1/pods": podsOf(meshedPod("shop", "a", "all-authenticated"), meshedPod("shop", "b", "audit"))},
			[]routes.GuardedNamespace{{Name: "shop", Defaults: []string{"all-authenticated", "audit"}}}, nil, "v1beta3", ""},
		"meshed clients alone, for who knows whom": {nobody, routes.Plain, nil, map[string]string{"/api/v1/pods": meshedPod("shop", "a", "all-authenticated")}, nil,
			[]string{"proxies in namespaces shop let in meshed clients alone: where your Prometheus is none, give --network with the network of its pods"}, "v1beta3", ""},
		"what may not be read":        {network, routes.Plain, []string{"shop"}, map[string]string{"/api/v1/pods": "500 "}, []routes.GuardedNamespace{{Name: "shop"}}, []string{"what the proxies of namespaces shop do without a policy is not known"}, "v1beta3", ""},
		"no linkerd-viz, an old mesh": {network, routes.OfOperator, nil, old, nil, []string{noViz}, "v1beta1", "monitoring"},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.change {
				a[path] = text
			}
			r := requestFor(test.scraper, test.form)
			for _, n := range test.named {
				r.Guarded = append(r.Guarded, routes.GuardedNamespace{Name: n})
			}
			route, _ := routes.Find(proxiesRoute)
			notes, err := a.start(t).Fill(t.Context(), route, &r)
			if err != nil {
				t.Fatal(err)
			}
			for i := range notes {
				notes[i], _, _ = strings.Cut(notes[i], ": reading /")
			}
			for what, diff := range map[string]string{
				"notes": cmp.Diff(test.notes, notes), "guarded": cmp.Diff(test.guarded, r.Guarded), "version": cmp.Diff(test.version, r.Viz.PolicyVersion),
				"namespace": cmp.Diff(test.namespace, r.Operator.Namespace), "no linkerd-viz": cmp.Diff(slices.Contains(notes, noViz), r.NoViz),
			} {
				if diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

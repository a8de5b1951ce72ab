package liveroutes

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// apiServer serves objects by path: a list where there are several documents or none, and
// what Prometheus answers through its proxy. A text that begins with a number is an answer
// with that code.
type apiServer map[string]string

func (a apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, known := a[r.URL.Path]
	if known && strings.HasSuffix(r.URL.Path, "/portforward") && !strings.HasPrefix(text, "403 ") {
		forward(w, r, text)
		return
	}
	if code, rest, is := strings.Cut(text, " "); is && len(code) == 3 && code[0] >= '2' && code[0] <= '5' {
		var status int
		if _, err := fmt.Sscan(code, &status); err != nil {
			panic(err)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, rest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !known:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
	case strings.HasPrefix(text, "{"):
		fmt.Fprint(w, text)
	default:
		list := map[string]any{"kind": "List", "items": []any{}}
		for document := range strings.SplitSeq(text, "---\n") {
			var object any
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				panic(err)
			}
			if object != nil {
				list["items"] = append(list["items"].([]any), object)
			}
		}
		_ = json.NewEncoder(w).Encode(list)
	}
}

func (a apiServer) start(t *testing.T) *Cluster {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	c, err := New(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	core    = "/api/v1/namespaces/linkerd-viz/"
	policy  = "/apis/policy.linkerd.io/"
	inViz   = "/namespaces/linkerd-viz/"
	proxy   = core + "services/http:prometheus:9090/proxy/federate"
	queried = core + "services/http:prometheus:9090/proxy/api/v1/query"
	inPod   = core + "pods/prometheus-1/portforward"
	// The scraper's pods.
	atScraper = "/api/v1/namespaces/monitoring/pods"
	roles     = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
)

// installed is a cluster with linkerd-viz 2.19, as the charts install it.
func installed() apiServer {
	return apiServer{
		core + "services": `
metadata: {name: prometheus, namespace: linkerd-viz, annotations: {linkerd.io/created-by: linkerd/helm edge-25.10.7}}
spec: {selector: {linkerd.io/extension: viz, component: prometheus}, ports: [{name: admin, port: 9090}]}`,
		core + "pods": `
metadata: {name: prometheus-1, namespace: linkerd-viz, labels: {linkerd.io/extension: viz, component: prometheus, namespace: linkerd-viz}}
spec: {containers: [{name: prometheus, args: [--storage.tsdb.retention.time=6h], ports: [{name: admin, containerPort: 9090}]}]}
status: {conditions: [{type: Ready, status: "True"}]}`,
		core + "configmaps/prometheus-config":                 `{"data": {"prometheus.yml": "global: {scrape_interval: 10s}\nscrape_configs: [{job_name: linkerd-controller}, {job_name: linkerd-proxy}]"}}`,
		policy + "v1beta3" + inViz + "servers":                "\nmetadata: {name: prometheus-admin, namespace: linkerd-viz, labels: {linkerd.io/extension: viz}}\nspec: {podSelector: {matchLabels: {component: prometheus}}, port: admin}",
		policy + "v1beta3/servers":                            "",
		policy + "v1alpha1/networkauthentications":            "\nmetadata: {name: kubelet, namespace: linkerd-viz}\nspec: {networks: [{cidr: 0.0.0.0/0}]}",
		policy + "v1alpha1/meshtlsauthentications":            "",
		policy + "v1alpha1/authorizationpolicies":             "",
		policy + "v1beta1" + inViz + "serverauthorizations":   "",
		policy + "v1alpha1" + inViz + "authorizationpolicies": policyFor("prometheus-admin", "{kind: ServiceAccount, name: metrics-api, namespace: linkerd-viz}"),
		proxy:          "403 ",
		queried:        "403 ",
		inPod:          scrape,
		atScraper:      "\nmetadata: {name: prometheus-0, namespace: monitoring, labels: {linkerd.io/control-plane-ns: linkerd}}\nspec: {serviceAccountName: prometheus}",
		roles:          `{"status": {"allowed": true}}`,
		"/api/v1/pods": "\nmetadata: {name: web-1, namespace: shop, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: all-unauthenticated}}",
	}
}

// TestTimesAreReadFromTheCluster changes the flags of Prometheus and its configuration.
func TestTimesAreReadFromTheCluster(t *testing.T) {
	pods := func(args string) string {
		return "\nmetadata: {name: a, labels: {component: prometheus}}\nspec: {containers: [{name: prometheus, args: [" + args + "]}]}\n"
	}
	const day = 24 * time.Hour
	for args, want := range map[string]time.Duration{
		"--storage.tsdb.retention.time=6h":                                      6 * time.Hour,
		"--storage.tsdb.retention.time=15d":                                     15 * day,
		"--storage.tsdb.retention=2d":                                           2 * day,
		"--storage.tsdb.path=/data":                                             15 * day, // by default
		"--storage.tsdb.retention.time=6h, --storage.tsdb.retention.size=512MB": 0,
		"--storage.tsdb.retention.time=$(KEPT)":                                 0,
	} {
		api := installed()
		api[core+"pods"] = pods(args)
		found, err := api.start(t).Viz(t.Context(), "linkerd-viz")
		if err != nil || found.Retention != want {
			t.Errorf("%s: retention %s, error %v, want %s", args, found.Retention, err, want)
		}
	}
	for config, want := range map[string]time.Duration{
		"scrape_configs: [{job_name: linkerd-proxy}]":                                         time.Minute,
		"global: {scrape_interval: 30s}\\nscrape_configs: [{job_name: linkerd-proxy}]":        30 * time.Second,
		"scrape_configs: [{job_name: linkerd-proxy, scrape_interval: 5s}, {job_name: other}]": 5 * time.Second,
	} {
		api := installed()
		api[core+"configmaps/prometheus-config"] = `{"data": {"prometheus.yml": "` + config + `"}}`
		found, err := api.start(t).Viz(t.Context(), "linkerd-viz")
		if err != nil || found.ScrapeInterval != want {
			t.Errorf("%s: interval %s, error %v, want %s", config, found.ScrapeInterval, err, want)
		}
	}
	api := installed()
	api[core+"pods"] = "403 {}"
	if found, err := api.start(t).Viz(t.Context(), "linkerd-viz"); err != nil || found.Retention != 0 {
		t.Errorf("without pods: retention %s, error %v", found.Retention, err)
	}
}

func policyFor(name, required string) string {
	return "\nmetadata: {name: " + name + ", namespace: linkerd-viz}\nspec: {targetRef: {kind: Server, name: prometheus-admin}, requiredAuthenticationRefs: [" + required + "]}\n"
}

var scraper = routes.Scraper{ServiceAccount: "prometheus", Namespace: "monitoring"}

func requestFor(s routes.Scraper, form routes.Form) routes.Request {
	r := routes.Request{Scraper: s, Form: form, Recorded: routes.WithoutRecorded, Interval: routes.DefaultInterval, SampleLimit: 3, Metrics: routes.DefaultMetrics, Invocation: "EXPORT"}
	r.Viz.Namespace = "linkerd-viz"
	return r
}

// guarded are changes that add namespaces whose proxies do not let everybody in.
var guarded = map[string]string{
	"/api/v1/pods": `
metadata: {name: web-1, namespace: shop, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: all-unauthenticated}}
---
metadata: {name: a-1, namespace: closed, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: deny}}
---
metadata: {name: a-2, namespace: closed, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: deny}}
---
metadata: {name: b-1, namespace: payment, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: deny}}
---
metadata: {name: c-1, namespace: stock, labels: {linkerd.io/control-plane-ns: linkerd}, annotations: {config.linkerd.io/default-inbound-policy: all-authenticated}}
`,
	policy + "v1beta3/servers": `
metadata: {name: metrics, namespace: payment}
spec: {podSelector: {}, port: 4191}
---
metadata: {name: proxy-admin, namespace: stock}
spec: {podSelector: {matchExpressions: [{key: linkerd.io/control-plane-ns, operator: Exists}]}, port: linkerd-admin}
`,
	policy + "v1beta1/serverauthorizations": "",
	policy + "v1alpha1/authorizationpolicies": `
metadata: {name: scrape, namespace: payment}
spec: {targetRef: {kind: Server, name: metrics}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: prometheus, namespace: monitoring}]}
`,
}

// scrape is an answer of federation.
const scrape = "# TYPE request_total untyped\nrequest_total{job=\"linkerd-proxy\",instance=\"a\"} 1 1000\nrequest_total{job=\"linkerd-proxy\",instance=\"b\"} 1 1000\n" +
	"# TYPE up untyped\nup{job=\"linkerd-controller\",instance=\"c\"} 1 1000\n"

func TestCheck(t *testing.T) {
	const (
		here    = "√ linkerd-viz edge-25.10.7 in namespace linkerd-viz: Service prometheus, port admin, jobs linkerd-controller, linkerd-proxy; 1 of 1 pods ready"
		letIn   = "√ service account monitoring/prometheus is let in by AuthorizationPolicy linkerd-viz/prometheus-admin-from-monitoring-prometheus"
		meshed  = "√ 1 of 1 pods with service account monitoring/prometheus are meshed"
		allowed = "√ system:serviceaccount:monitoring:prometheus may list and watch pods in namespace linkerd-viz"
		refused = "× service account monitoring/prometheus gets 403: Server linkerd-viz/prometheus-admin lets in nobody whom no policy names, and none names it; APPLY"
		inside  = "√ asked from inside its pod, Prometheus answers with 3 samples: linkerd-controller 1, linkerd-proxy 2"
		unasked = "‼ how many samples a scrape has is not known: through the API server, the answer of Prometheus is 403, "
		ask     = "; ask for the permission to create pods/portforward in namespace linkerd-viz"
	)
	letInPolicy := policyFor("prometheus-admin-from-monitoring-prometheus", "{kind: ServiceAccount, name: prometheus, namespace: monitoring}")
	const export = "EXPORT --output objects | kubectl apply -f -"
	for name, test := range map[string]struct {
		route   string
		scraper routes.Scraper
		change  map[string]string
		want    []string
	}{
		"federation, as installed": {"federation", scraper, nil, []string{here, refused, meshed, inside, allowed}},
		"federation with a policy": {"federation", scraper, map[string]string{policy + "v1alpha1" + inViz + "authorizationpolicies": letInPolicy}, []string{here, letIn, meshed, inside, allowed}},
		"federation, nobody named": {"federation", routes.Scraper{}, nil, []string{here, "‼ Server linkerd-viz/prometheus-admin answers 403 to all whom no policy names, and who scrapes is not known; give --service-account and --namespace, or --network", inside}},
		"federation without rights": {"federation", scraper, map[string]string{roles: `{"status": {"allowed": false}}`, proxy: `403 {"kind":"Status","message":"services \"prometheus\" is forbidden"}`, inPod: `403 {"kind":"Status","message":"pods \"prometheus-1\" is forbidden"}`}, []string{here, refused, meshed,
			`‼ how many samples a scrape has is not known: the API server does not ask Prometheus: services "prometheus" is forbidden; asking pod linkerd-viz/prometheus-1 at its port 9090` + ask,
			"× system:serviceaccount:monitoring:prometheus may not list pods, watch pods in namespace linkerd-viz: it finds no targets; " + export}},
		"federation with the copied policy": {"federation", routes.Scraper{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, map[string]string{
			policy + "v1alpha1" + inViz + "authorizationpolicies": policyFor("prometheus-federate", "{kind: NetworkAuthentication, name: kubelet}"), proxy: "200 " + scrape,
		}, []string{here,
			"‼ AuthorizationPolicy linkerd-viz/prometheus-federate lets everybody read linkerd-viz' Prometheus in namespace linkerd-viz, meshed or not: close it, once those who need it have a policy of their own; kubectl --namespace linkerd-viz delete authorizationpolicy.policy.linkerd.io prometheus-federate",
			"√ network 10.0.0.0/8 is let in by AuthorizationPolicy linkerd-viz/prometheus-federate",
			"√ asked through the API server, Prometheus answers with 3 samples: linkerd-controller 1, linkerd-proxy 2"}},
		"federation without policies": {"federation", scraper, map[string]string{policy + "v1beta3" + inViz + "servers": "", proxy: "200 " + scrape + "up{job=\"x\"} 1\n"}, []string{here,
			"√ Linkerd's policies let in whom the mesh lets in: no Server on the port lets in only some",
			"× a scrape has 4 samples (linkerd-controller 1, linkerd-proxy 2, x 1), which is more than the 3 of --sample-limit: it would fail as a whole; raise --sample-limit, or give --recorded only", allowed}},
		"federation of nothing": {"federation", scraper, map[string]string{policy + "v1beta3" + inViz + "servers": "", proxy: "200 "}, []string{here,
			"√ Linkerd's policies let in whom the mesh lets in: no Server on the port lets in only some",
			"‼ asked through the API server, Prometheus answers, but has no series of jobs linkerd-controller, linkerd-proxy", allowed}},
		"federation of what is no text": {"federation", scraper, map[string]string{proxy: "200 <html>"}, []string{here, refused, meshed,
			"× asked through the API server, Prometheus answers, but it is not in the format of Prometheus: text format parsing error in line 1: invalid metric name", allowed}},
		"federation, refused by default": {"federation", scraper, map[string]string{core + "pods": strings.Replace(installed()[core+"pods"], "containers: [", "containers: [{name: linkerd-proxy, env: [{name: LINKERD2_PROXY_INBOUND_DEFAULT_POLICY, value: deny}]}, ", 1), policy + "v1beta3" + inViz + "servers": "", proxy: "403 "}, []string{here,
			"√ Linkerd's policies let in whom the mesh lets in: no Server on the port lets in only some",
			"× asked through the API server, Prometheus answers 403, although no Server refuses it: the default policy of its proxy does, deny; unless the cluster has it, it is that of an annotation: kubectl --namespace linkerd-viz get deployment prometheus --output yaml", allowed}},
		"the API, with Prometheus down": {"api", scraper, map[string]string{core + "pods": "", queried: `503 {"kind":"Status","message":"no endpoints available for service"}`}, []string{
			"× linkerd-viz edge-25.10.7 in namespace linkerd-viz: Service prometheus, port admin, jobs linkerd-controller, linkerd-proxy; none of 0 pods is ready; kubectl --namespace linkerd-viz get pods --selector component=prometheus",
			refused, meshed, "× asked through the API server, Prometheus answers 503: no endpoints available for service"}},
		"federation, with another limit in the pod": {"federation", scraper, map[string]string{inPod: scrape + "up{job=\"x\"} 1\n"}, []string{here, refused, meshed,
			"× a scrape has 4 samples (linkerd-controller 1, linkerd-proxy 2, x 1), which is more than the 3 of --sample-limit: it would fail as a whole; raise --sample-limit, or give --recorded only", allowed}},
		"federation, which may not be forwarded": {"federation", scraper, map[string]string{inPod: "403 Forbidden"}, []string{here, refused, meshed, unasked + "as Server linkerd-viz/prometheus-admin has it; asking pod linkerd-viz/prometheus-1 at its port 9090" + ask, allowed}},
		"federation, with the port closed":       {"federation", scraper, map[string]string{inPod: ""}, []string{here, refused, meshed, unasked + "as Server linkerd-viz/prometheus-admin has it; asking pod linkerd-viz/prometheus-1 at its port 9090: connection refused", allowed}},
		"the API":                                {"api", scraper, map[string]string{inPod: `{"status": "success", "data": {"resultType": "vector", "result": [{}, {}]}}`}, []string{here, refused, meshed, "√ asked from inside its pod, Prometheus answers the query with 2 series"}},
		"the API, with no answer":                {"api", scraper, map[string]string{inPod: `{"status": "success", "data": {"resultType": "vector", "result": []}}`}, []string{here, refused, meshed, "‼ asked from inside its pod, Prometheus answers, but no series is what --query asks for"}},
		"the API, with a number":                 {"api", scraper, map[string]string{inPod: `{"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}`}, []string{here, refused, meshed, "√ asked from inside its pod, Prometheus answers the query with a scalar"}},
		"the API, that is something else":        {"api", scraper, map[string]string{inPod: scrape}, []string{here, refused, meshed, "× asked from inside its pod, Prometheus answers, but it is not in the format of Prometheus: invalid character '#' looking for beginning of value"}},
		"remote write that is not there": {"remote-write", routes.Scraper{}, nil, []string{here,
			"× linkerd-viz' Prometheus has no remote_write in its configuration (ConfigMap linkerd-viz/prometheus-config); upgrade linkerd-viz with the values that this command prints with --url, and without --check"}},
		"what may not be read": {"federation", scraper, map[string]string{core + "configmaps/prometheus-config": "500 ", policy + "v1beta3" + inViz + "servers": "500 ", core + "pods": "500 "}, []string{
			"√ linkerd-viz edge-25.10.7 in namespace linkerd-viz: Service prometheus, port admin, jobs linkerd-proxy, linkerd-controller, linkerd-multicluster-controller",
			"‼ how many samples a scrape has is not known: through the API server, the answer of Prometheus is 403, and Linkerd's policies are not known; and no pod of Prometheus is known to be ready",
			allowed, "‼ Prometheus' pods are not known", "‼ Prometheus' scrape jobs are not known, those of the charts are assumed", "‼ Linkerd's policies are not known, those of the charts are assumed"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.change {
				a[path] = text
			}
			route, _ := routes.Find(test.route)
			found, err := a.start(t).Check(t.Context(), route, requestFor(test.scraper, route.Forms[0]), "APPLY")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, texts(found)); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

// texts are the results as lines; an error of the client is left out.
func texts(found []Result) []string {
	var all []string
	for _, r := range found {
		line := []string{"√ ", "‼ ", "× "}[r.Status] + r.Text
		line, _, _ = strings.Cut(line, ": reading /")
		line, _, _ = strings.Cut(line, " \"<html>")
		line, _, _ = strings.Cut(line, ": unable to upgrade")
		if r.Fix != "" {
			line += "; " + r.Fix
		}
		all = append(all, line)
	}
	return all
}

func TestFill(t *testing.T) {
	const prometheuses = "/apis/monitoring.coreos.com/v1/prometheuses"
	operator := func(spec string) map[string]string {
		return map[string]string{
			prometheuses:                         "\nmetadata: {name: k8s, namespace: monitoring}\nspec: " + spec,
			"/api/v1/namespaces/monitoring/pods": "\nmetadata: {labels: {linkerd.io/control-plane-ns: linkerd}}",
			"/api/v1/namespaces/linkerd-viz":     `{"metadata": {"labels": {"linkerd.io/extension": "viz"}}}`,
		}
	}
	release := map[string]string{"release": "monitoring"}
	taken := "what scrapes is taken to be the Prometheus monitoring/k8s, service account prometheus"
	for name, test := range map[string]struct {
		route    string
		form     routes.Form
		scraper  routes.Scraper
		change   map[string]string
		operator routes.Operator
		who      routes.Scraper
		guarded  []routes.GuardedNamespace
		notes    []string
	}{
		"federation": {"federation", routes.Plain, scraper, nil, routes.Operator{}, scraper, nil, nil},
		"a monitor without an operator": {"servicemonitor", routes.OfOperator, scraper, nil, routes.Operator{}, scraper, nil,
			[]string{"the cluster does not know prometheus-operator's objects: install it first"}},
		"a monitor, found by its label": {"servicemonitor", routes.OfOperator, routes.Scraper{}, operator("{serviceAccountName: prometheus, serviceMonitorSelector: {matchLabels: {release: monitoring}}, serviceMonitorNamespaceSelector: {}}"),
			routes.Operator{Labels: release}, scraper, nil, []string{taken}},
		"a monitor, found in the namespace alone": {"servicemonitor", routes.OfOperator, scraper, operator("{serviceMonitorSelector: {matchExpressions: [{key: release, operator: In, values: [monitoring, x]}]}}"),
			routes.Operator{Labels: release, Namespace: "monitoring"}, scraper, nil, nil},
		"a monitor, found by its namespace's label": {"servicemonitor", routes.OfOperator, scraper, operator("{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {linkerd.io/extension: viz}}}"),
			routes.Operator{Labels: map[string]string{}}, scraper, nil, nil},
		"a monitor, not found in the namespace": {"servicemonitor", routes.OfOperator, scraper, operator("{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {monitored: 'yes'}}}"),
			routes.Operator{Labels: map[string]string{}}, scraper, nil, []string{"the Prometheus monitoring/k8s does not look for a ServiceMonitor in namespace linkerd-viz (monitored=yes): label that namespace, or give --monitor-namespace"}},
		"no monitors are found": {"servicemonitor", routes.OfOperator, scraper, operator("{}"), routes.Operator{}, scraper, nil,
			[]string{"the Prometheus monitoring/k8s finds no ServiceMonitor at all, since its selector for them is not set"}},
		"labels that a monitor must not have": {"servicemonitor", routes.OfOperator, scraper, operator("{serviceMonitorSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}"),
			routes.Operator{Labels: map[string]string{"a": "b"}}, scraper, nil, []string{"by which labels the Prometheus monitoring/k8s finds a ServiceMonitor cannot be said in labels: give --label"}},
		"an operator's Prometheus that is not meshed": {"proxies", routes.OfOperator, routes.Scraper{}, map[string]string{
			prometheuses: "\nmetadata: {name: k8s, namespace: monitoring}\nspec: {podMonitorSelector: {matchExpressions: [{key: x, operator: Exists}]}, podMonitorNamespaceSelector: {}}", "/api/v1/namespaces/monitoring/pods": "\nmetadata: {}",
		}, routes.Operator{Labels: map[string]string{"x": "true"}}, routes.Scraper{}, nil, []string{"the Prometheus monitoring/k8s is not meshed: mesh it, or give --network with the network of its pods"}},
		"two Prometheus": {"servicemonitor", routes.OfOperator, routes.Scraper{}, map[string]string{prometheuses: "\nmetadata: {name: a, namespace: a}\n---\nmetadata: {name: b, namespace: b}"},
			routes.Operator{}, routes.Scraper{}, nil, []string{"prometheus-operator runs 2 Prometheus: give --label and --monitor-namespace by which yours finds monitors"}},
		"one of two": {"servicemonitor", routes.OfOperator, routes.Scraper{ServiceAccount: "a", Namespace: "a"}, map[string]string{prometheuses: "\nmetadata: {name: a, namespace: a}\nspec: {serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}}\n---\nmetadata: {name: b, namespace: b}"},
			routes.Operator{Labels: map[string]string{}}, routes.Scraper{ServiceAccount: "a", Namespace: "a"}, nil, nil},
		"proxies that refuse a meshed scraper": {"proxies", routes.Plain, scraper, guarded, routes.Operator{}, scraper,
			[]routes.GuardedNamespace{{Name: "closed", Defaults: []string{"deny"}}, {Name: "payment", Servers: []string{"metrics"}}, {Name: "stock", Servers: []string{"proxy-admin"}}}, nil},
		"proxies without linkerd-viz": {"proxies", routes.Plain, routes.Scraper{}, map[string]string{core + "services": ""}, routes.Operator{}, routes.Scraper{}, nil,
			[]string{"namespace linkerd-viz has no Service of linkerd-viz' Prometheus (labels component=prometheus,linkerd.io/extension=viz): name linkerd-viz' namespace with --viz-namespace, or give --viz-version to use no cluster"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.change {
				a[path] = text
			}
			route, _ := routes.Find(test.route)
			r := requestFor(test.scraper, test.form)
			r.Viz = routes.OfRelease(viz.LatestRelease(), "linkerd-viz")
			notes, err := a.start(t).Fill(t.Context(), route, &r)
			if err != nil {
				t.Fatal(err)
			}
			for what, diff := range map[string]string{
				"notes": cmp.Diff(test.notes, notes), "operator": cmp.Diff(test.operator, r.Operator), "scraper": cmp.Diff(test.who, r.Scraper), "guarded": cmp.Diff(test.guarded, r.Guarded),
			} {
				if diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

// TestFillBesideFlags gives the labels or the namespace of a monitor; the other is read.
func TestFillBesideFlags(t *testing.T) {
	release := map[string]string{"release": "stack"}
	for name, test := range map[string]struct {
		spec        string
		given, want routes.Operator
		notes       []string
	}{
		"labels":             {"{serviceMonitorSelector: {matchLabels: {release: stack}}}", routes.Operator{Labels: release}, routes.Operator{Labels: release, Namespace: "monitoring"}, nil},
		"labels that do not": {"{serviceMonitorSelector: {matchLabels: {release: stack}}}", routes.Operator{Labels: map[string]string{"a": "b"}}, routes.Operator{Labels: map[string]string{"a": "b"}, Namespace: "monitoring"}, []string{"the Prometheus monitoring/k8s does not find this ServiceMonitor: its serviceMonitorSelector is release=stack, its serviceMonitorNamespaceSelector not set"}},
		"labels that cannot be said": {"{serviceMonitorSelector: {matchLabels: {a: b}, matchExpressions: [{key: x, operator: In, values: [v, w]}]}, serviceMonitorNamespaceSelector: {}}", routes.Operator{Labels: map[string]string{"a": "b", "x": "w"}},
			routes.Operator{Labels: map[string]string{"a": "b", "x": "w"}}, nil},
		"a namespace":             {"{serviceMonitorSelector: {matchLabels: {release: stack}}, serviceMonitorNamespaceSelector: {}}", routes.Operator{Namespace: "shop"}, routes.Operator{Labels: release, Namespace: "shop"}, nil},
		"a namespace of no use":   {"{serviceMonitorSelector: {matchLabels: {release: stack}}}", routes.Operator{Namespace: "shop"}, routes.Operator{Labels: release, Namespace: "shop"}, []string{"the Prometheus monitoring/k8s does not find this ServiceMonitor: its serviceMonitorSelector is release=stack, its serviceMonitorNamespaceSelector not set"}},
		"a namespace not to read": {"{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {a: b}}}", routes.Operator{Namespace: "shop"}, routes.Operator{Labels: map[string]string{}, Namespace: "shop"}, []string{"whether the Prometheus monitoring/k8s finds this ServiceMonitor is not known"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			a[prometheuses] = "\nmetadata: {name: k8s, namespace: monitoring}\nspec: " + test.spec
			a["/api/v1/namespaces/shop"] = "403 "
			route, _ := routes.Find("servicemonitor")
			r := requestFor(scraper, routes.OfOperator)
			r.Operator = test.given
			notes, err := a.start(t).Fill(t.Context(), route, &r)
			for i := range notes {
				notes[i], _, _ = strings.Cut(notes[i], ": reading")
			}
			if diff := cmp.Diff(test.notes, notes) + cmp.Diff(test.want, r.Operator); diff != "" || err != nil {
				t.Errorf("error %v, notes and operator (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestFillWithoutLinkerdViz(t *testing.T) {
	a := installed()
	a[core+"services"] = ""
	route, _ := routes.Find("federation")
	r := requestFor(scraper, routes.Plain)
	if _, err := a.start(t).Fill(t.Context(), route, &r); err == nil {
		t.Errorf("filled in as %+v", r.Viz)
	}
}

func TestVizOfReleases(t *testing.T) {
	for name, test := range map[string]struct {
		change map[string]string
		want   routes.Viz
	}{
		"as installed": {nil, routes.Viz{Namespace: "linkerd-viz", Version: "edge-25.10.7", PortName: "admin", Jobs: []string{"linkerd-controller", "linkerd-proxy"}, Server: "prometheus-admin", PolicyVersion: "v1beta3", MissesControllers: true, ScrapeInterval: 10 * time.Second, Retention: 6 * time.Hour}},
		"a path in front": {map[string]string{
			core + "pods": "\nmetadata: {labels: {linkerd.io/extension: viz, component: prometheus}}\nspec: {containers: [{name: prometheus, " +
				"args: [--config.file=/etc/prometheus/prometheus.yml, --storage.tsdb.retention.time=6h, '--web.external-url=https://example.com/prom/'], ports: [{name: admin, containerPort: 9090}]}]}",
		}, routes.Viz{Namespace: "linkerd-viz", Version: "edge-25.10.7", PortName: "admin", PathPrefix: "/prom", Jobs: []string{"linkerd-controller", "linkerd-proxy"},
			Server: "prometheus-admin", PolicyVersion: "v1beta3", MissesControllers: true, ScrapeInterval: 10 * time.Second, Retention: 6 * time.Hour}},
		"2.11": {map[string]string{
			core + "services":                      "\nmetadata: {name: prometheus, annotations: {linkerd.io/created-by: linkerd/helm stable-2.11.5}}\nspec: {ports: [{name: admin-http, port: 9090}]}",
			core + "pods":                          "\nmetadata: {labels: {linkerd.io/extension: viz, component: prometheus}}\nspec: {containers: [{name: prometheus, ports: [{name: admin-http, containerPort: 9090}]}]}",
			policy + "v1beta1" + inViz + "servers": "\nmetadata: {name: admin, namespace: linkerd-viz, labels: {linkerd.io/extension: viz}}\nspec: {podSelector: {matchLabels: {linkerd.io/extension: viz}}, port: admin-http}",
			policy + "v1beta1" + inViz + "serverauthorizations": "\nmetadata: {name: admin, namespace: linkerd-viz, annotations: {linkerd.io/created-by: linkerd/helm stable-2.11.5}}\nspec: {server: {name: admin}, client: {unauthenticated: true}}",
		}, routes.Viz{Namespace: "linkerd-viz", Version: "stable-2.11.5", PortName: "admin-http", Jobs: []string{"linkerd-controller", "linkerd-proxy"}, PolicyVersion: "v1beta1", ScrapeInterval: 10 * time.Second, Retention: 15 * 24 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			for path, text := range test.change {
				a[path] = text
			}
			if name == "2.11" {
				delete(a, policy+"v1beta3"+inViz+"servers")
			}
			got, err := a.start(t).Viz(t.Context(), "linkerd-viz")
			got.Jobs = slices.Sorted(slices.Values(got.Jobs))
			if diff := cmp.Diff(test.want, got.Viz); diff != "" || err != nil || len(got.Notes) > 0 {
				t.Errorf("error %v, notes %q, linkerd-viz (-want +got):\n%s", err, got.Notes, diff)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	const prometheuses = "/apis/monitoring.coreos.com/v1/prometheuses"
	latest := routes.Viz{Namespace: "linkerd-viz", Version: "edge-25.10.7", PortName: "admin", Jobs: []string{"linkerd-controller", "linkerd-proxy"}, Server: "prometheus-admin", PolicyVersion: "v1beta3", MissesControllers: true, ScrapeInterval: 10 * time.Second, Retention: 6 * time.Hour}
	for name, test := range map[string]struct {
		scraper routes.Scraper
		change  map[string]string
		want    routes.Facts
		notes   int
	}{
		"a plain cluster": {routes.Scraper{}, nil, routes.Facts{Viz: latest, HasViz: true, Meshed: 1}, 0},
		"GKE with both operators, and an exporter": {routes.Scraper{}, map[string]string{
			"/version": `{"gitVersion": "v1.34.4-gke.100"}`, "/apis": `{"groups": [{"name": "monitoring.coreos.com"}, {"name": "monitoring.googleapis.com"}]}`,
			prometheuses: "\nmetadata: {name: k8s, namespace: monitoring}", "/api/v1/namespaces/monitoring/pods": "\nmetadata: {labels: {linkerd.io/control-plane-ns: linkerd}}",
			core + "pods": "\nmetadata: {labels: {component: prometheus}}\nspec: {containers: [{name: gcm-exporter}, {name: prometheus, args: [--storage.tsdb.retention.time=6h], ports: [{name: admin, containerPort: 9090}]}]}",
		}, routes.Facts{Viz: latest, HasViz: true, GKE: true, ManagedAPI: true, OperatorAPI: true, Prometheuses: []string{"monitoring/k8s"},
			Scraper: routes.Scraper{ServiceAccount: "default", Namespace: "monitoring"}, Exporter: "gcm-exporter", Meshed: 1}, 0},
		"a Prometheus that is not meshed": {routes.Scraper{}, map[string]string{"/apis": `{"groups": [{"name": "monitoring.coreos.com"}]}`, prometheuses: "\nmetadata: {name: k8s, namespace: monitoring}", atScraper: "\nmetadata: {}", "/api/v1/pods": meshedPod("shop", "a", "all-authenticated")},
			routes.Facts{Viz: latest, HasViz: true, OperatorAPI: true, Prometheuses: []string{"monitoring/k8s"}, Unmeshed: true, Meshed: 1, Guarded: []routes.GuardedNamespace{{Name: "shop", Defaults: []string{"all-authenticated"}}}}, 0},
		"without linkerd-viz":  {scraper, map[string]string{core + "services": ""}, routes.Facts{Viz: routes.Viz{Namespace: "linkerd-viz"}, Scraper: scraper, Meshed: 1}, 0},
		"what may not be read": {routes.Scraper{}, map[string]string{"/apis": "500 ", core + "services": "500 ", "/api/v1/pods": "500 "}, routes.Facts{Viz: routes.Viz{Namespace: "linkerd-viz"}, Unread: routes.Unread{Viz: true, Operators: true, Pods: true}}, 3},
		"what prometheus-operator runs may not be read": {routes.Scraper{}, map[string]string{"/apis": `{"groups": [{"name": "monitoring.coreos.com"}]}`, prometheuses: "500 "},
			routes.Facts{Viz: latest, HasViz: true, OperatorAPI: true, Meshed: 1, Unread: routes.Unread{Prometheuses: true}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			a["/version"], a["/apis"] = `{"gitVersion": "v1.34.4"}`, `{"groups": []}`
			for path, text := range test.change {
				a[path] = text
			}
			got, notes, err := a.start(t).Facts(t.Context(), "linkerd-viz", test.scraper)
			slices.Sort(got.Viz.Jobs)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil || len(notes) != test.notes {
				t.Errorf("error %v, notes %q, facts (-want +got):\n%s", err, notes, diff)
			}
		})
	}
}

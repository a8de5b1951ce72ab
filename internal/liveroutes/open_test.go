package liveroutes

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// vizServer is a Server of linkerd-viz' charts on all of its pods or, as since 2.13, on
// Prometheus'.
func vizServer(name, createdBy string) string {
	return "\nmetadata: {name: " + name + ", namespace: linkerd-viz, creationTimestamp: " + map[string]string{"admin": "2023", "prometheus-admin": "2024"}[name] +
		"-01-01T00:00:00Z, labels: {linkerd.io/extension: viz}, annotations: {linkerd.io/created-by: " + createdBy + "}}\nspec: {podSelector: {matchLabels: {linkerd.io/extension: viz}}, port: admin-http}\n"
}

// metadata is that of a policy of linkerd-viz' charts under a name, as Helm installs it.
func metadata(name, createdBy string) string {
	return "\nmetadata: {name: " + name + ", namespace: linkerd-viz, labels: {linkerd.io/extension: viz, app.kubernetes.io/managed-by: Helm}, " +
		"annotations: {linkerd.io/created-by: " + createdBy + ", meta.helm.sh/release-name: linkerd-viz, meta.helm.sh/release-namespace: linkerd-viz}}\n"
}

// TestOfWhomOpenPoliciesAre tells the policies by which linkerd-viz itself lets in everybody
// from copies of them, and from what an upgrade has left of them.
func TestOfWhomOpenPoliciesAre(t *testing.T) {
	const (
		helm211, helm212, cli212, helm214 = "linkerd/helm stable-2.11.5", "linkerd/helm stable-2.12.6", "linkerd/cli stable-2.12.6", "linkerd/helm stable-2.14.10"

		delete212 = "AuthorizationPolicy linkerd-viz/federate: kubectl --namespace linkerd-viz delete authorizationpolicy.policy.linkerd.io federate"
		edited    = "AuthorizationPolicy linkerd-viz/prometheus-admin: kubectl --namespace linkerd-viz edit authorizationpolicy.policy.linkerd.io prometheus-admin, and have it require ServiceAccount metrics-api alone, as in linkerd-viz' chart"
		closeLeft = "AuthorizationPolicy linkerd-viz/admin: kubectl --namespace linkerd-viz delete server.policy.linkerd.io admin"
	)
	forKubelet := func(server string) string {
		return "spec: {targetRef: {kind: Server, name: " + server + "}, requiredAuthenticationRefs: [{kind: NetworkAuthentication, name: kubelet}]}\n"
	}
	forMetricsAPI := metadata("prometheus-admin", helm214) + "spec: {targetRef: {kind: Server, name: prometheus-admin}, requiredAuthenticationRefs: [{kind: ServiceAccount, name: metrics-api}]}\n"
	const unauthenticated = "spec: {server: {name: admin}, client: {unauthenticated: true}}\n"
	both := vizServer("prometheus-admin", helm214) + "---" + vizServer("admin", helm212)
	for name, test := range map[string]struct {
		createdBy                         string // Prometheus
		servers, policies, authorizations string
		open                              []string
		closed                            string
	}{
		"2.11":                                {helm211, vizServer("admin", helm211), "", metadata("admin", helm211) + unauthenticated, nil, ""},
		"2.11 and a copy":                     {helm211, vizServer("admin", helm211), "", metadata("admin", helm211) + unauthenticated + "---" + metadata("scrape", helm211) + unauthenticated, []string{"ServerAuthorization linkerd-viz/scrape: kubectl --namespace linkerd-viz delete serverauthorization.policy.linkerd.io scrape"}, ""},
		"2.12, by Helm":                       {helm212, vizServer("admin", helm212), metadata("admin", helm212) + forKubelet("admin"), "", nil, ""},
		"2.12, by linkerd":                    {cli212, vizServer("admin", cli212), metadata("admin", cli212) + forKubelet("admin"), "", nil, ""},
		"2.12 and a copy":                     {helm212, vizServer("admin", helm212), metadata("admin", helm212) + forKubelet("admin") + "---" + metadata("federate", helm212) + forKubelet("admin"), "", []string{delete212}, ""},
		"2.12 and the other kind":             {helm212, vizServer("admin", helm212), metadata("admin", helm212) + forKubelet("admin"), metadata("admin", helm212) + unauthenticated, []string{"ServerAuthorization linkerd-viz/admin: kubectl --namespace linkerd-viz delete serverauthorization.policy.linkerd.io admin"}, ""},
		"2.12 without the annotation":         {`""`, vizServer("admin", helm212), metadata("admin", helm212) + forKubelet("admin"), "", []string{"AuthorizationPolicy linkerd-viz/admin: kubectl --namespace linkerd-viz delete authorizationpolicy.policy.linkerd.io admin"}, "admin"},
		"2.14":                                {helm214, vizServer("prometheus-admin", helm214), forMetricsAPI, "", nil, "prometheus-admin"},
		"2.14 and a copy":                     {helm214, vizServer("prometheus-admin", helm214), forMetricsAPI + "---" + metadata("federate", helm214) + forKubelet("prometheus-admin"), "", []string{delete212}, "prometheus-admin"},
		"2.14 and a copy called admin":        {helm214, vizServer("prometheus-admin", helm214), forMetricsAPI + "---" + metadata("admin", helm214) + forKubelet("prometheus-admin"), "", []string{"AuthorizationPolicy linkerd-viz/admin: kubectl --namespace linkerd-viz delete authorizationpolicy.policy.linkerd.io admin"}, "prometheus-admin"},
		"2.14 and its own policy, edited":     {helm214, vizServer("prometheus-admin", helm214), metadata("prometheus-admin", helm214) + forKubelet("prometheus-admin"), "", []string{edited}, "prometheus-admin"},
		"2.14 and what 2.12 has left":         {helm214, both, forMetricsAPI + "---" + metadata("admin", helm212) + forKubelet("admin"), "", []string{closeLeft}, "prometheus-admin"},
		"2.14, and 2.12's Server is not open": {helm214, both, forMetricsAPI, "", nil, "prometheus-admin"},
	} {
		t.Run(name, func(t *testing.T) {
			a := installed()
			a["/apis"] = `{"groups": [{"name": "policy.linkerd.io"}]}`
			a[core+"services"] = "\nmetadata: {name: prometheus, annotations: {linkerd.io/created-by: " + test.createdBy + "}}\nspec: {ports: [{name: admin-http, port: 9090}]}"
			a[core+"pods"] = "\nmetadata: {labels: {linkerd.io/extension: viz, component: prometheus}}\nspec: {containers: [{name: prometheus, ports: [{name: admin-http, containerPort: 9090}]}]}"
			a[policy+"v1beta3"+inViz+"servers"] = test.servers
			a[policy+"v1alpha1"+inViz+"authorizationpolicies"] = test.policies
			a[policy+"v1beta1"+inViz+"serverauthorizations"] = test.authorizations
			c := a.start(t)
			v, err := c.Viz(t.Context(), "linkerd-viz")
			if err != nil {
				t.Fatal(err)
			}
			prometheus := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Labels: map[string]string{"linkerd.io/extension": "viz"}, Annotations: map[string]string{"linkerd.io/created-by": test.createdBy}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "prometheus", Ports: []corev1.ContainerPort{{Name: "admin-http", ContainerPort: 9090}}}}},
			}
			open, known, err := c.Open(t.Context(), prometheus)
			if !known || err != nil {
				t.Errorf("known is %v, error %v", known, err)
			}
			var got []string
			for _, g := range open {
				got = append(got, g.String()+": "+g.Command())
			}
			if diff := cmp.Diff(test.open, got); diff != "" {
				t.Errorf("open (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(open, v.Open); diff != "" || v.Server != test.closed {
				t.Errorf("Server %q, want %q; open of a pod and of the Service differ:\n%s", v.Server, test.closed, diff)
			}
		})
	}
}

// TestOwnPoliciesOfTheCharts finds no open policy in what the charts install, and every copy of
// a policy that lets in everybody.
func TestOwnPoliciesOfTheCharts(t *testing.T) {
	for _, file := range charts.Real(t, charts.Pod) {
		if file.Variant != "default" && file.Variant != "other-namespace" && file.Variant != "commonlabels" {
			continue // many of the others have no policies of their own
		}
		t.Run(file.String(), func(t *testing.T) {
			var pod corev1.Pod
			if err := json.Unmarshal(file.Read(t), &pod); err != nil {
				t.Fatal(err)
			}
			rendered, err := os.ReadFile(filepath.Join(filepath.Dir(file.Path), charts.Rendered))
			if err != nil {
				t.Fatal(err)
			}
			set := policiesIn(t, string(rendered))
			createdBy := pod.Annotations[linkerdpolicy.CreatedBy]
			port := linkerdpolicy.Port{Namespace: set.Servers[0].Namespace, Labels: pod.Labels, Number: viz.PrometheusPort, Name: portName(pod.Spec)}
			servers := set.ServersOf(port)
			open, closed := opened(set, servers, createdBy)
			release, err := viz.FindRelease(versionOf(createdBy))
			if err != nil || len(servers) != 1 || len(open) > 0 || (closed == "") != (release.Admission == viz.Everybody) {
				t.Errorf("error %v, %d Servers, open %v, closed %q", err, len(servers), open, closed)
			}

			everybody := linkerdpolicy.ServerAuthorization{ObjectMeta: *servers[0].ObjectMeta.DeepCopy()}
			everybody.Name, everybody.Spec.Server.Name, everybody.Spec.Client.Unauthenticated = "federate", servers[0].Name, true
			set.ServerAuthorizations = append(set.ServerAuthorizations, everybody)
			if open, _ := opened(set, servers, createdBy); len(open) != 1 || open[0].Name != everybody.Name {
				t.Errorf("beside a copy, open are %v", open)
			}
		})
	}
}

// policiesIn reads the policies of what a chart renders.
func policiesIn(t *testing.T, rendered string) (set linkerdpolicy.Set) {
	t.Helper()
	for document := range strings.SplitSeq(rendered, "\n---\n") {
		var kind struct{ Kind string }
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			t.Fatal(err)
		}
		var err error
		switch kind.Kind {
		case "Server":
			set.Servers, err = appended(set.Servers, document)
		case "AuthorizationPolicy":
			set.Policies, err = appended(set.Policies, document)
		case "ServerAuthorization":
			set.ServerAuthorizations, err = appended(set.ServerAuthorizations, document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return set
}

func appended[T any](all []T, document string) ([]T, error) {
	var one T
	err := yaml.Unmarshal([]byte(document), &one)
	return append(all, one), err
}

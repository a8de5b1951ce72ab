package routes

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/kubeclient"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/process/processtest"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/viz"
	linkerd "github.com/linkerd-gcm/linkerd-gcm/viz"
)

const who = " --service-account prometheus --namespace monitoring"

func TestFederationCopiesAllSeries(t *testing.T) {
	for number, test := range map[int]struct{ recorded, selector string }{
		1: {"without", `{job=~"linkerd-.*",__name__!~".*:.*"}`},
		2: {"with", `{job=~"linkerd-.*"}`}, // and what has no job, in expectOnly
	} {
		t.Run(test.recorded, func(t *testing.T) {
			t.Parallel()
			m := newMesh(t, number)
			from, to := m.startViz(), processtest.FreeAddress(t)
			config := m.printed("linkerd-gcm export federation --interval 10s --output config --recorded " + test.recorded + " --viz-namespace " + m.namespace + who)
			m.startPrometheus("own", to, m.scrapeConfigs(config))
			m.freeze()
			m.expectSame("the copy is complete", from, to, test.selector, nil)
			m.expectOnly(to, test.recorded == "with")
		})
	}
}

// expectOnly wants a copy to have no series but those that were to be copied, and those of
// the scrape itself.
func (m *mesh) expectOnly(address string, recorded bool) {
	m.t.Helper()
	others, err := series(m.t.Context(), address, `{__name__!~".*:.*|",job!~"linkerd-proxy|linkerd-controller|linkerd-service-mirror|linkerd-multicluster-controller"}`)
	if err != nil {
		m.t.Fatal(err)
	}
	for labels := range others {
		if !strings.Contains(labels, `"job":"linkerd-federation"`) {
			m.t.Errorf("copied, too: %s", labels)
		}
	}
	if recorded {
		m.expectRecorded(address)
		return
	}
	found, err := series(m.t.Context(), address, `{__name__=~".*:.*"}`)
	if err != nil || len(found) > 0 {
		m.t.Errorf("error %v, recorded series were copied: %v", err, found)
	}
}

// expectRecorded waits until what both recording rules make has been copied: the one keeps the
// label job, the other does not.
func (m *mesh) expectRecorded(address string) {
	m.t.Helper()
	err := kubeclient.Eventually(m.t.Context(), "recorded series are copied", func(ctx context.Context) error {
		for _, name := range []string{"pod:responses:sum", "shop:responses:sum"} {
			found, err := series(ctx, address, name)
			if err != nil {
				return err
			}
			if len(found) == 0 {
				return fmt.Errorf("there is no %s", name)
			}
		}
		return nil
	})
	if err != nil {
		m.t.Error(err)
	}
}

func TestProxiesHaveTheSeriesThatVizHas(t *testing.T) {
	t.Parallel()
	m := newMesh(t, 3)
	from, all, some := m.startViz(), processtest.FreeAddress(t), processtest.FreeAddress(t)
	command := "linkerd-gcm export proxies --no-policy --interval 10s --output config --viz-namespace " + m.namespace
	m.startPrometheus("all", all, m.scrapeConfigs(m.printed(command+" --metrics all 2>warnings")))
	m.startPrometheus("some", some, m.scrapeConfigs(m.printed(command)))
	m.freeze()
	m.expectSame("the proxies are scraped", from, all, `{job="linkerd-proxy",namespace="`+m.shop()+`",__name__!~".*:.*"}`, nil)
	m.expectSame("some metrics are kept", from, some, `{job="linkerd-proxy",namespace="`+m.shop()+`",__name__!~".*:.*"}`, keptByDefault)
}

// keptByDefault is what remains of series where no metrics are named.
func keptByDefault(series map[string]string) map[string]string {
	for labels := range series {
		if strings.Contains(labels, "outbound_tcp_protocol_connections_total") {
			delete(series, labels)
		}
	}
	return series
}

// TestRemoteWriteDelivers puts the printed values into the chart, and its configuration into
// Prometheus.
func TestRemoteWriteDelivers(t *testing.T) {
	t.Parallel()
	to := processtest.FreeAddress(t)
	m := newMesh(t, 4)
	m.startPrometheus("receiver", to, map[string]any{}, "--web.enable-remote-write-receiver")
	command := "linkerd-gcm export remote-write --cluster-name west --url http://" + to + "/api/v1/write --viz-namespace " + m.namespace
	text := m.printed(command)
	var values map[string]map[string]any
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	m.values["prometheus"].(map[string]any)["remoteWrite"] = values["prometheus"]["remoteWrite"]
	if err := viz.Upgrade(t.Context(), plane.Cluster.Kubeconfig, m.namespace, m.values); err != nil {
		t.Fatal(err)
	}
	from := m.startViz()
	m.freeze()
	west := func(series map[string]string) map[string]string {
		changed := map[string]string{}
		for text, value := range series {
			labels := map[string]string{}
			if err := json.Unmarshal([]byte(text), &labels); err != nil {
				t.Fatal(err)
			}
			labels["cluster"] = "west"
			encoded, err := json.Marshal(labels)
			if err != nil {
				t.Fatal(err)
			}
			changed[string(encoded)] = value
		}
		return changed
	}
	m.expectSame("everything has arrived", from, to, `{job=~"linkerd-.*",__name__!~".*:.*"}`, west)
	m.expectOnly(to, false)
	// Whether samples arrive cannot be asked of a pod that does not run.
	want := "√ linkerd-viz' Prometheus has remote_write to http://" + to + "/api/v1/write, with the rules that are printed"
	if out, _ := m.shell(command + " --check"); !strings.Contains(out, want) {
		t.Errorf("want %q, the check says:\n%s", want, out)
	}
}

// TestPoliciesAndMonitorsAreApplied applies what is printed by the very commands that the
// text names, and asks --check before and after.
func TestPoliciesAndMonitorsAreApplied(t *testing.T) {
	t.Parallel()
	m := newMesh(t, 6)
	for _, file := range []string{"linkerd-policies.yaml", "managed-prometheus.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		m.apply(string(text))
	}
	m.apply("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: prometheus-admin, namespace: " + m.namespace + "}\n" +
		"spec: {podSelector: {matchLabels: {component: prometheus}}, port: admin, proxyProtocol: HTTP/1}\n")
	in := " --viz-namespace " + m.namespace
	m.printed("kubectl create namespace monitoring && kubectl -n monitoring create serviceaccount prometheus")

	check := "linkerd-gcm export federation --check" + who + in
	if out, err := m.shell(check); err == nil || !strings.Contains(out, "× service account monitoring/prometheus gets 403") || !strings.Contains(out, "may not list pods") {
		t.Errorf("error %v, before, the check says:\n%s", err, out)
	}
	m.runApply("linkerd-gcm export federation" + who + in)
	out, _ := m.shell(check)
	for _, want := range []string{"√ service account monitoring/prometheus is let in by AuthorizationPolicy " + m.namespace + "/prometheus-admin-from-monitoring.prometheus", "√ system:serviceaccount:monitoring:prometheus may list and watch pods"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q, after, the check says:\n%s", want, out)
		}
	}
	m.runApply("linkerd-gcm export servicemonitor --managed --network 10.8.0.0/14" + in)
	m.runApply("linkerd-gcm export proxies --managed --network 10.8.0.0/14 --deny-namespace " + m.shop() + in)
	m.runApply("linkerd-gcm export api --network 10.8.0.0/14 --network fd00::/8" + in)
	m.expectAllowed("linkerd-gcm export federation"+who+in, 1)
	m.tryOfReleases(in)
}

// tryOfReleases asks the API server whether it takes the policies that are printed for each
// release that has them. Only the last version of a Server has an access policy.
func (m *mesh) tryOfReleases(in string) {
	m.t.Helper()
	for _, release := range linkerd.Releases {
		if !release.HasAuthorizationPolicies() {
			continue
		}
		for _, command := range []string{"federation" + who, "proxies --deny-namespace " + m.shop() + " --network 10.8.0.0/14", "proxies --deny-namespace " + m.shop() + who} {
			m.printed("linkerd-gcm export " + command + " --viz-version " + release.Name + in + " --output objects 2>warnings | kubectl apply --dry-run=server --validate=strict -f -")
		}
	}
}

// expectAllowed asks the questions that a printed text has about permissions, and wants each
// to be answered with yes.
func (m *mesh) expectAllowed(command string, questions int) {
	m.t.Helper()
	for line := range strings.Lines(m.printed(command)) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
		if !strings.HasPrefix(line, "kubectl auth can-i ") {
			continue
		}
		questions--
		if out := m.printed(line); strings.TrimSpace(out) != "yes" {
			m.t.Errorf("%s prints %s", line, out)
		}
	}
	if questions != 0 {
		m.t.Errorf("%s prints %d questions too few", command, questions)
	}
}

func (m *mesh) apply(text string) {
	m.t.Helper()
	err := kubeclient.Eventually(m.t.Context(), "it can be applied", func(ctx context.Context) error { // once kinds are served
		_, err := plane.Cluster.ApplyYAML(ctx, text)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// runApply runs the command that a printed text names for its objects. A field that a kind
// does not have is an error.
func (m *mesh) runApply(command string) {
	m.t.Helper()
	text := m.printed(command)
	found := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "#"))
		if !strings.HasPrefix(line, "linkerd-gcm export") || !strings.HasSuffix(line, " | kubectl apply -f -") {
			continue
		}
		found = true
		m.printed(strings.Replace(line, "kubectl apply", "kubectl apply --validate=strict", 1))
		m.printed(line)
	}
	if !found {
		m.t.Errorf("%s names no command to apply it:\n%s", command, text)
	}
}

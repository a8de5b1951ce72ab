package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/golden"
)

// vizServer serves what the commands read of linkerd-viz, and answers 403 in place of its
// Prometheus' proxy.
type vizServer map[string]string

func (v vizServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, known := v[r.URL.Path]
	switch {
	case strings.Contains(r.URL.Path, "/proxy/"):
		w.WriteHeader(http.StatusForbidden)
	case !known:
		refuse(w, "NotFound", http.StatusNotFound, "the server could not find the requested resource")
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, text)
	}
}

// installedViz is linkerd-viz 2.14 with another policy beside its own, for everybody.
func installedViz() vizServer {
	const policies = "/apis/policy.linkerd.io/"
	return vizServer{
		"/api/v1/namespaces/linkerd-viz/services": `{"items": [{"metadata": {"name": "prometheus", "annotations": {"linkerd.io/created-by": "linkerd/helm stable-2.14.10"}},
			"spec": {"ports": [{"name": "admin-http", "port": 9090}]}}]}`,
		"/api/v1/namespaces/linkerd-viz/pods": `{"items": [{"metadata": {"name": "prometheus-1", "labels": {"component": "prometheus"}}, "spec": {"containers": [{"name": "prometheus", "ports": [{"name": "admin-http", "containerPort": 9090}]}]},
			"status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}`,
		"/api/v1/namespaces/linkerd-viz/configmaps/prometheus-config": `{"data": {"prometheus.yml": "scrape_configs: [{job_name: linkerd-controller}, {job_name: linkerd-proxy}]"}}`,
		policies + "v1beta1/namespaces/linkerd-viz/servers": `{"items": [{"metadata": {"name": "prometheus-admin", "namespace": "linkerd-viz"},
			"spec": {"podSelector": {"matchLabels": {"component": "prometheus"}}, "port": "admin-http"}}]}`,
		policies + "v1alpha1/namespaces/linkerd-viz/authorizationpolicies": `{"items": [{"metadata": {"name": "federate", "namespace": "linkerd-viz"},
			"spec": {"targetRef": {"kind": "Server", "name": "prometheus-admin"}, "requiredAuthenticationRefs": [{"kind": "NetworkAuthentication", "name": "kubelet"}]}}]}`,
		policies + "v1alpha1/networkauthentications": `{"items": [{"metadata": {"name": "kubelet", "namespace": "linkerd-viz"}, "spec": {"networks": [{"cidr": "0.0.0.0/0"}]}}]}`,
		"/api/v1/pods": `{"items": [{"metadata": {"namespace": "shop", "annotations": {"config.linkerd.io/default-inbound-policy": "deny"}}}]}`,
	}
}

func TestExportReadsTheCluster(t *testing.T) {
	for name, args := range map[string]string{
		"live-federation":     "federation --service-account prometheus --namespace monitoring",
		"live-servicemonitor": "servicemonitor --network 10.8.0.0/14",
		"live-proxies":        "proxies --service-account prometheus --namespace monitoring",
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := serve(t, installedViz())
			got := execute("", append([]string{"export", "--kubeconfig", kubeconfig}, strings.Fields(args)...)...)
			if got.code != 0 {
				t.Errorf("exit code %d", got.code)
			}
			golden.Compare(t, filepath.Join("export", name+".txt"), strings.ReplaceAll(got.out+"\n# On stderr:\n"+got.errOut, kubeconfig, "KUBECONFIG"))
		})
	}
}

// TestExportSaysWhatTheClusterHas changes what linkerd-viz' values change.
func TestExportSaysWhatTheClusterHas(t *testing.T) {
	for args, want := range map[string]string{
		"remote-write --url https://mimir.example.com/ --cluster-name a": "warning: linkerd-viz' Prometheus has remote write already",
		"api": "It keeps samples for 15d: nothing below returns older ones.",
		"federation --service-account prometheus --namespace monitoring": "linkerd-viz has new samples every 30s.",
		"servicemonitor --managed --network 10.8.0.0/14":                 "linkerd-viz has new samples every 30s.",
	} {
		changed := installedViz()
		changed["/api/v1/namespaces/linkerd-viz/configmaps/prometheus-config"] = `{"data": {"prometheus.yml": "remote_write: [{url: 'https://a/'}]\nscrape_configs: [{job_name: linkerd-proxy, scrape_interval: 30s}]"}}`
		got := execute("", append([]string{"export", "--kubeconfig", serve(t, changed)}, strings.Fields(args)...)...)
		if text := strings.ReplaceAll(got.out+got.errOut, "\n# ", " "); got.code != 0 || !strings.Contains(text, want) {
			t.Errorf("%s: exit code %d, want %q in\n%s", args, got.code, want, text)
		}
	}
}

func TestExportChecks(t *testing.T) {
	for name, test := range map[string]struct {
		args string
		code int
	}{
		"federation": {"federation --service-account prometheus --namespace monitoring", 0},
		"proxies":    {"proxies --network 10.8.0.0/14", 1},
		// Who has not been let in needs a policy.
		"no-policy": {"proxies --service-account prometheus --namespace monitoring --no-policy", 1},
	} {
		t.Run(name, func(t *testing.T) {
			kubeconfig := serve(t, installedViz())
			got := execute("", append([]string{"export"}, strings.Fields(test.args+" --check --kubeconfig "+kubeconfig)...)...)
			if got.code != test.code || got.errOut != "" {
				t.Errorf("exit code %d, want %d, stderr %q", got.code, test.code, got.errOut)
			}
			golden.Compare(t, filepath.Join("export", "check-"+name+".txt"), strings.ReplaceAll(got.out, kubeconfig, "KUBECONFIG"))
		})
	}
}

func TestExportWithoutACluster(t *testing.T) {
	nowhere := serve(t, vizServer{})
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no kubeconfig":   {[]string{"--kubeconfig", "none"}, 1, "there is no file none, which --kubeconfig names; or give --viz-version, which needs no cluster"},
		"no linkerd-viz":  {[]string{"--kubeconfig", nowhere}, 1, "give --viz-version to use no cluster"},
		"no cluster":      {[]string{"--kubeconfig", nowhere, "--context", "nowhere"}, 1, "reading linkerd-viz: "},
		"check a version": {[]string{"--check", "--viz-version", "2.19"}, 2, "--check is given with --viz-version, and a version cannot be asked: leave one of the two out"},
	} {
		got := execute("", append([]string{"export", "federation"}, test.args...)...)
		if got.code != test.code || got.out != "" || !strings.Contains(got.errOut, test.want) {
			t.Errorf("%s: exit code %d, want %d, stdout %q, want %q on stderr:\n%s", name, got.code, test.code, got.out, test.want, got.errOut)
		}
	}
}

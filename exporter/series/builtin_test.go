package series_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// pods are the target labels that linkerd-viz gives a pod by its labels, besides job,
// instance, namespace and pod.
var pods = map[string][]string{
	"a deployment":   {"deployment", "web", "app", "web", "pod_template_hash", "5d4f"},
	"a stateful set": {"statefulset", "db", "app", "db", "controller_revision_hash", "db-1"},
	"a daemon set":   {"daemonset", "agent"},
	"a pod":          nil,
}

// What proxies say of requests, in the oldest version and in the newest one that is supported
// (linkerd.io/2-edge/reference/proxy-metrics, linkerd.io/2.11/reference/proxy-metrics).
var (
	inbound211  = []string{"direction", "inbound", "target_addr", "10.0.0.1:80", "tls", "true", "client_id", "c", "srv_name", "default:all-unauthenticated", "saz_name", "default:all-unauthenticated"}
	inbound220  = append([]string{"target_ip", "10.0.0.1", "target_port", "80", "srv_group", "policy.linkerd.io", "srv_kind", "server", "srv_port", "80", "route_group", "", "route_kind", "default", "route_name", "default", "authz_group", "policy.linkerd.io", "authz_kind", "authorizationpolicy", "authz_name", "a"}, inbound211...)
	outbound211 = []string{"direction", "outbound", "authority", "api.shop.svc.cluster.local:80", "target_addr", "10.0.0.2:80", "tls", "true", "server_id", "s", "dst_namespace", "shop", "dst_service", "api", "dst_deployment", "api", "dst_pod", "api-1", "dst_pod_template_hash", "5d4f", "dst_serviceaccount", "api", "dst_control_plane_ns", "linkerd"}
	outbound220 = append([]string{"target_ip", "10.0.0.2", "target_port", "80", "dst_zone", "a", "zone_locality", "local"}, outbound211...)
)

// summedUp returns what the built-in configuration makes of a series: the sum's labels, or why
// there is none, by the sum's name.
func summedUp(t *testing.T, destination configuration.Destination, target, own []string) map[string]string {
	t.Helper()
	effect := configuration.Effective(nil, nil)
	set := settings()
	set.Destination, set.Include, set.MaxLabels = destination, effect.Include, 10
	resolver := series.NewResolver(set, effect.File)
	ofTarget := labels.FromStrings(append([]string{"job", "linkerd-proxy", "instance", "10.0.0.1:4191", "namespace", "shop", "pod", "web-1"}, target...)...)
	b := labels.NewBuilder(ofTarget)
	for i := 0; i < len(own); i += 2 {
		b.Set(own[i], own[i+1])
	}
	found := lookup{target: &series.Target{Labels: ofTarget, Discovered: proxy.target.Discovered},
		types: map[string]model.MetricType{"response_total": "counter", "response_latency_ms": "histogram"}}
	got := map[string]string{}
	for _, number := range resolver.Inputs(b.Labels()) {
		resolution, _ := resolver.ResolveInput(number, b.Labels(), true, found)
		name, rest, _ := strings.Cut(describe(resolution), " ")
		got[name] = rest
	}
	return got
}

func TestTheBuiltInConfiguration(t *testing.T) {
	ended := []string{"__name__", "response_total", "status_code", "200", "classification", "failure", "grpc_status", "14", "error", ""}
	took := []string{"__name__", "response_latency_ms_bucket", "le", "+Inf", "status_code", "200"}
	const workload, status, callee = "deployment=web", "classification=failure", "dst_namespace=shop dst_service=api"
	for version, own := range map[string][2][]string{"2.11": {inbound211, outbound211}, "2.20": {inbound220, outbound220}} {
		for i, want := range []struct{ responses, latency map[string]string }{
			{map[string]string{"linkerd_inbound_responses_total": "CUMULATIVE DOUBLE " + status + " " + workload + " grpc_status=14 status_code=200"},
				map[string]string{"linkerd_inbound_latency_ms": "CUMULATIVE DISTRIBUTION " + workload}},
			{map[string]string{"linkerd_outbound_responses_total": "CUMULATIVE DOUBLE " + status + " " + workload + " " + callee + " grpc_status=14 status_code=200"},
				map[string]string{"linkerd_outbound_latency_ms": "CUMULATIVE DISTRIBUTION " + workload + " " + callee}},
		} {
			target := pods["a deployment"]
			if diff := cmp.Diff(want.responses, summedUp(t, configuration.CloudMonitoring, target, append(ended, own[i]...))); diff != "" {
				t.Errorf("%s, responses (-want +got):\n%s", version, diff)
			}
			if diff := cmp.Diff(want.latency, summedUp(t, configuration.CloudMonitoring, target, append(took, own[i]...))); diff != "" {
				t.Errorf("%s, latency (-want +got):\n%s", version, diff)
			}
		}
	}
}

// TestTheBuiltInConfigurationNamesTheWorkload has pods of each kind, for both destinations.
func TestTheBuiltInConfigurationNamesTheWorkload(t *testing.T) {
	took := append([]string{"__name__", "response_latency_ms_count"}, inbound220...)
	for name, want := range map[string]string{"a deployment": " deployment=web", "a stateful set": " statefulset=db", "a daemon set": " daemonset=agent", "a pod": ""} {
		got := fmt.Sprint(summedUp(t, configuration.CloudMonitoring, pods[name], took), summedUp(t, configuration.ManagedPrometheus, pods[name], took))
		const distribution = "CUMULATIVE DISTRIBUTION"
		if all := "map[linkerd_inbound_latency_ms:" + distribution + want + "] " +
			"map[prometheus.googleapis.com/linkerd_inbound_latency_ms/histogram:" + distribution + want + "]"; got != all {
			t.Errorf("%s:\n%s\nnot %s", name, got, all)
		}
	}
}

// TestTheBuiltInConfigurationLeavesOut has requests that nobody has sent, and the same metric
// of another program.
func TestTheBuiltInConfigurationLeavesOut(t *testing.T) {
	with := func(own []string, others ...string) []string {
		return append(append([]string{"__name__", "response_total"}, own...), others...)
	}
	for name, own := range map[string][]string{
		"a scrape of this proxy":         with(inbound220, "target_addr", "10.0.0.1:4191"),
		"a scrape of this proxy by IPv6": with(inbound220, "target_addr", "[fd00::1]:4191"),
		"a scrape of another proxy":      with(outbound211, "target_addr", "10.0.0.2:4191"),
		"a probe":                        with(inbound220, "route_name", "probe"),
		"another program's metric":       with(inbound220, "job", "shop"),
		"another metric":                 append([]string{"__name__", "request_total"}, inbound220...),
	} {
		if got := summedUp(t, configuration.CloudMonitoring, pods["a deployment"], own); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// exported is a namespace of viz whose Prometheus gets gcm-exporter, with what stands in for
// Google.
type exported struct {
	viz
	google google
	// pods are the names of the proxies' pods, by their addresses.
	pods map[string]string
}

// newExported creates the namespace, with all that users must give: the annotations, and
// credentials where there is no Workload Identity. There are no ConfigMaps, and no image is
// named.
func newExported(u user, chart charts.File, annotations ...string) exported {
	u.Helper()
	v := newNamespace(u, chart)
	e := exported{viz: v, google: newGoogle(u, v.namespace)}
	e.googleAddress = e.google.pod.Status.PodIP
	credentials, err := key()
	if err != nil {
		u.Fatal(err)
	}
	e.kubectl("", "--namespace="+e.namespace, "create", "secret", "generic", "google", "--from-literal=key.json="+credentials)
	e.kubectl("", append([]string{"annotate", "namespace", e.namespace,
		settings.Inject + "=enabled", settings.ProjectID + "=my-project", settings.Location + "=us-central1",
		// Google tells the series of the clusters apart, in which the same proxies are scraped.
		settings.ClusterName + "=" + e.namespace, settings.CredentialsSecret + "=google",
	}, annotations...)...)
	return e
}

// exporterPort is where gcm-exporter has its pages.
const exporterPort = 9091

// awaitExporter waits until the exporter runs, and returns the pod.
func (v exported) awaitExporter() *corev1.Pod {
	v.Helper()
	pod := v.prometheus("runs with gcm-exporter", runs("gcm-exporter", "prometheus"))
	v.eventually("gcm-exporter is healthy", func(ctx context.Context) error {
		_, err := v.HTTPGet(ctx, pod, exporterPort, "-/healthy")
		return err
	})
	return pod
}

// report returns what the exporter says of itself.
func (v exported) report(ctx context.Context, pod *corev1.Pod) (status.Report, error) {
	var report status.Report
	text, err := v.HTTPGet(ctx, pod, exporterPort, "statusz.json")
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	return report, err
}

// podOf returns the name of the pod whose proxy has counted: what Google knows of it depends
// on the destination.
func (v exported) podOf(p gcmemulator.Point) string {
	if p.Resource != "prometheus_target" {
		return p.ResourceLabels["pod_name"]
	}
	address, _, err := net.SplitHostPort(p.ResourceLabels["instance"])
	if err != nil {
		return err.Error()
	}
	return v.pods[address]
}

// walks are the ways from a proxy to Google, and what happens on them.
var walks = []struct {
	chart       string
	annotations []string
	happens     func(exported)
}{
	{chart: "version-2.20/default"},
}

func TestWhatProxiesCountArrivesExactly(t *testing.T) {
	u := newUser(t)
	var all []exported
	for _, walk := range walks {
		v := newExported(u, chartOf(t, walk.chart), walk.annotations...)
		v.deploy()
		all = append(all, v)
	}
	for _, v := range all {
		v.awaitExporter()
	}
	// Proxies that are born now are new to all of them: whatever they count has a start.
	proxies := []*corev1.Pod{u.proxy("shop", "web-1"), u.proxy("shop", "web-2")}
	u.awaitReady(proxies...)
	for i := range all {
		all[i].pods = map[string]string{}
		for _, proxy := range proxies {
			all[i].pods[proxy.Status.PodIP] = proxy.Name
		}
	}
	t.Run("meanwhile", func(t *testing.T) {
		for i, v := range all {
			t.Run(walks[i].chart, func(t *testing.T) {
				t.Parallel()
				v := v.of(t)
				v.google.accepts(1)
				if walks[i].happens != nil {
					walks[i].happens(v)
				}
			})
		}
	})
	counted := u.still(proxies...)
	for i, v := range all {
		t.Run(walks[i].chart, func(t *testing.T) { v.of(t).arrives(counted) })
	}
}

// of returns the same for a subtest.
func (v exported) of(t *testing.T) exported {
	v.T, v.google.T = t, t
	return v
}

// chartOf returns a chart by its name.
func chartOf(t *testing.T, name string) charts.File {
	t.Helper()
	for _, chart := range charts.Real(t, charts.Rendered) {
		if chart.String() == name {
			return chart
		}
	}
	t.Fatal(fmt.Sprintf("there is no chart %s", name))
	return charts.File{}
}

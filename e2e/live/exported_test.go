package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
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
	// resource is the type of the monitored resource that all points must have.
	resource string
	// mesh is the namespace of the proxies, and pods are the names of their pods, by addresses.
	mesh string
	pods map[string]string
}

// newExported creates the namespace, with all that users must give: the annotations, and
// credentials where there is no Workload Identity. There are no ConfigMaps, and no image is
// named.
func newExported(u user, chart charts.File, annotations ...string) exported {
	u.Helper()
	v := withGoogle(newNamespace(u, chart))
	v.kubectl("", append([]string{"annotate", "namespace", v.namespace,
		settings.Inject + "=enabled", settings.ProjectID + "=my-project", settings.Location + "=us-central1",
		settings.ClusterName + "=my-cluster", settings.CredentialsSecret + "=google",
	}, annotations...)...)
	return v
}

// withGoogle lets gcm-exporter in a namespace find Google, and gives it a key.
func withGoogle(v viz) exported {
	v.Helper()
	e := exported{viz: v, google: newGoogle(v.user, v.namespace+"-google"), resource: "k8s_container"}
	e.googleAddress = e.google.pod.Status.PodIP
	credentials, err := key()
	if err != nil {
		v.Fatal(err)
	}
	e.kubectl("", "--namespace="+e.namespace, "create", "secret", "generic", "google", "--from-literal=key.json="+credentials)
	return e
}

const (
	// exporter is the name of gcm-exporter's container, and exporterPort where its pages are.
	exporter     = "gcm-exporter"
	exporterPort = 9091
)

// awaitExporter waits until the exporter runs, from the injector's own image, and returns the
// pod.
func (v exported) awaitExporter() *corev1.Pod {
	v.Helper()
	pod := v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus"))
	v.eventually("gcm-exporter is healthy", func(ctx context.Context) error {
		_, err := v.HTTPGet(ctx, pod, exporterPort, "-/healthy")
		return err
	})
	want := v.injectors()[0].Spec.Containers[0].Image
	for _, container := range pod.Spec.Containers {
		if container.Name == exporter && container.Image != want {
			v.Errorf("gcm-exporter's image is %s, not the injector's %s", container.Image, want)
		}
	}
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

// says waits until the exporter says something of itself.
func (v exported) says(what string, holds func(status.Report) bool) {
	v.Helper()
	pod := v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus"))
	v.eventually("gcm-exporter says that "+what, func(ctx context.Context) error {
		report, err := v.report(ctx, pod)
		if err == nil && !holds(report) {
			err = fmt.Errorf("it says %+v", report)
		}
		return err
	})
}

// meet tells which proxies there are.
func (v *exported) meet(proxies ...*corev1.Pod) {
	v.pods = map[string]string{}
	for _, proxy := range proxies {
		v.mesh, v.pods[proxy.Status.PodIP] = proxy.Namespace, proxy.Name
	}
}

// podOf returns the name of the pod whose proxy has counted: what Google knows of it depends
// on the destination.
func (v exported) podOf(p gcmemulator.Point) string {
	if p.Resource != v.resource {
		return fmt.Sprintf("a point on %s, not %s", p.Resource, v.resource)
	}
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
	chart, resource string
	annotations     []string
	happens         func(exported)
}{
	// A folder that ends with its pod.
	{chart: "version-2.20/default", happens: killed(exporter)},
	// A persistent volume.
	{chart: "version-2.20/persistence", happens: moved},
	// A namespace in which Pod Security is restricted.
	{chart: "version-2.17/cli-namespace-cni", resource: "prometheus_target",
		annotations: []string{settings.Destination + "=managed-prometheus"}, happens: googleGoesAway},
	// The log is not where Prometheus has it by default.
	{chart: "stable-2.14.10/walpath-sub", happens: killed("prometheus")},
	// Prometheus' API is below a prefix.
	{chart: "stable-2.11.5/web-args", happens: configured},
}

func TestWhatProxiesCountArrivesExactly(t *testing.T) {
	u := newUser(t)
	var all []exported
	for _, walk := range walks {
		v := newExported(u, chartOf(t, walk.chart), walk.annotations...)
		if walk.resource != "" {
			v.resource = walk.resource
		}
		v.deploy()
		all = append(all, v)
	}
	for _, v := range all {
		v.awaitExporter()
	}
	// Proxies that are born now are new to all of them: whatever they count has a start.
	proxies := []*corev1.Pod{u.proxy("market", "web-1"), u.proxy("market", "web-2")}
	u.awaitReady(proxies...)
	t.Run("meanwhile", func(t *testing.T) {
		for i, v := range all {
			t.Run(walks[i].chart, func(t *testing.T) {
				t.Parallel()
				v := v.of(t)
				v.google.accepts(1)
				walks[i].happens(v)
				v.google.accepts(1)
			})
		}
	})
	counted := u.still(proxies...)
	for i, v := range all {
		t.Run(walks[i].chart, func(t *testing.T) {
			v := v.of(t)
			v.meet(proxies...)
			v.arrives(counted)
			v.says("nothing was refused, dropped or lost", nothingLost)
			v.linkerdGCM("status", "--namespace="+v.namespace) // It fails where metrics do not arrive.
		})
	}
}

// of returns the same for a subtest.
func (v exported) of(t *testing.T) exported {
	v.T, v.google.T = t, t
	return v
}

// nothingLost says whether each sample that was selected has arrived, or was sent before.
func nothingLost(r status.Report) bool {
	for _, outcome := range r.Samples {
		if (outcome.Name == "refused" || outcome.Name == "dropped") && outcome.Count > 0 {
			return false
		}
	}
	return r.HeldLost == 0 && len(r.Log.LostSeconds) == 0 && len(r.Log.Damage) == 0
}

// killed lets a container end at once, with no time to save anything, and start again.
func killed(container string) func(exported) {
	return func(v exported) {
		v.Helper()
		if v.Node == nil {
			v.Skip("this is not a node of this machine: its containers cannot be killed from here")
		}
		before := v.container(v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus")), container)
		if err := v.Node.Kill(v.Context(), before.ContainerID); err != nil {
			v.Fatal(err)
		}
		v.prometheus("has its container again", func(pod *corev1.Pod) error {
			now := v.container(pod, container)
			if now.State.Running == nil || now.RestartCount == before.RestartCount {
				return fmt.Errorf("container %s is %+v", container, now)
			}
			if last := now.LastTerminationState.Terminated; last == nil || last.ExitCode != 128+9 {
				return fmt.Errorf("container %s was not killed: %+v", container, last)
			}
			return nil
		})
	}
}

func (v exported) container(pod *corev1.Pod, name string) corev1.ContainerStatus {
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == name {
			return status
		}
	}
	return corev1.ContainerStatus{}
}

// moved lets the pod end, and another one go on with its volume.
func moved(v exported) {
	v.Helper()
	before := v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus"))
	v.kubectl("", "--namespace="+v.namespace, "delete", "pod", before.Name)
	after := v.awaitExporter()
	if before.UID == after.UID {
		v.Error("it is still the same pod")
	}
}

// googleGoesAway lets Google answer nothing for a minute.
func googleGoesAway(v exported) {
	v.Helper()
	v.google.fails(gcmemulator.Fault{Kind: gcmemulator.Unavailable})
	v.says("Google has been away for a minute", func(r status.Report) bool {
		return r.Google.LastErrorAt.After(r.Google.LastAccepted) && r.Now.Sub(r.Google.LastAccepted) > time.Minute
	})
	v.google.fails()
}

// configured lets somebody write a configuration while the exporter runs: from then on, the
// metrics have other names.
func configured(v exported) {
	v.Helper()
	text, err := json.Marshal(strings.ReplaceAll(configuration.BuiltIn, "to: linkerd_", "to: edited_"))
	if err != nil {
		v.Fatal(err)
	}
	v.kubectl(fmt.Sprintf(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": %q, "name": %q}, "data": {"sidecar.yml": %s}}`,
		v.namespace, settings.DefaultSidecarConfigMap, text), "apply", "-f", "-")
	v.says("the file applies", func(r status.Report) bool { return r.Configuration.Case == string(configuration.FileApplies) })
	v.eventually("Google has metrics under their new names", func(ctx context.Context) error {
		points, err := v.google.points(ctx)
		if err == nil && (len(points) == 0 || !strings.Contains(points[len(points)-1].Metric, "/edited_")) {
			err = fmt.Errorf("the last of %d points has another name", len(points))
		}
		return err
	})
	pod := v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus"))
	if restarts := v.container(pod, exporter).RestartCount; restarts > 0 {
		v.Errorf("gcm-exporter was restarted %d times", restarts)
	}
}

// chartOf returns a chart by its name.
func chartOf(t *testing.T, name string) charts.File {
	t.Helper()
	for _, chart := range charts.Real(t, charts.Rendered) {
		if chart.String() == name {
			return chart
		}
	}
	t.Fatalf("there is no chart %s", name)
	return charts.File{}
}

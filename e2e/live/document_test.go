package live

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// hereConfig finds the ConfigMaps of Linkerd's page.
var hereConfig = regexp.MustCompile("(?ms)<<EOF\n(apiVersion: v1\nkind: ConfigMap.*?)^(?:EOF|```)$")

// documented are the metrics that the page's ConfigMaps export.
var documented = []string{
	"recorded_svc_response_rate_30s",
	"recorded_svc_latency_ms_p50_30s", "recorded_svc_latency_ms_p99_30s",
	"recorded_svc_latency_ms_p50_300s", "recorded_svc_latency_ms_p99_300s",
	cumulative,
}

// cumulative is the one of them that counts, and recordedTotal what the rule calls it.
const (
	cumulative    = "recorded_svc_response_cumulative"
	recordedTotal = "linkerd_job:response_total:sum"
)

func TestTheConfigMapsOfLinkerdsPageWork(t *testing.T) {
	v := newExported(newUser(t), chartOf(t, "stable-2.14.10/default"))
	v.document()
	proxy := v.proxy(metav1.NamespaceDefault, "web") // the only namespace that its rules look at
	v.awaitReady(proxy)
	v.deploy()
	v.awaitExporter()
	v.eventually("Google has the documented metrics", func(ctx context.Context) error {
		points, err := v.google.points(ctx)
		if err != nil {
			return err
		}
		for _, metric := range documented {
			if !slices.ContainsFunc(points, func(p gcmemulator.Point) bool { return isDocumented(p, metric) }) {
				return fmt.Errorf("there is no %s among %d points", metric, len(points))
			}
		}
		return nil
	})
	v.still(proxy)
	v.countsOn(proxy.Name)
	v.linkerdGCM("status", "--namespace="+v.namespace)
}

// document creates both ConfigMaps of Linkerd's page in the namespace, unchanged.
func (v viz) document() {
	v.Helper()
	page, err := os.ReadFile(charts.RequireShared(v.T, "exporting-metrics.md"))
	if err != nil {
		v.Fatal(err)
	}
	found := hereConfig.FindAllSubmatch(page, -1)
	if len(found) != 2 {
		v.Fatalf("the page has %d ConfigMaps, not 2", len(found))
	}
	for _, configMap := range found {
		v.kubectl(strings.ReplaceAll(string(configMap[1]), "namespace: linkerd-viz", "namespace: "+v.namespace), "create", "-f", "-")
	}
}

// isDocumented says whether a point is of the metric, as the page promises it, and as the
// proxy's pod has measured it.
func isDocumented(p gcmemulator.Point, metric string) bool {
	return p.Metric == "external.googleapis.com/prometheus/"+metric && (p.Kind == "CUMULATIVE") == (metric == cumulative) &&
		p.Resource == "k8s_container" && p.ResourceLabels["pod_name"] == "web" && amount(p.Value) > 0
}

// countsOn waits until Google's running totals have risen by as much as Prometheus' have since
// their start.
func (v exported) countsOn(name string) {
	v.Helper()
	pod := v.prometheus("runs with gcm-exporter", runs(exporter, "prometheus"))
	var points []gcmemulator.Point
	v.eventually("running totals rise as they were recorded", func(ctx context.Context) (err error) {
		if points, err = v.google.points(ctx); err != nil {
			return err
		}
		risen, recorded := totals{}, totals{}
		for _, points := range series(points) {
			last := points[len(points)-1]
			if !isDocumented(last, cumulative) {
				continue
			}
			of := last.MetricLabels["status_code"]
			risen[of] = amount(last.Value)
			selector := fmt.Sprintf("%s{pod=%q, status_code=%q}", recordedTotal, name, of)
			for _, at := range []struct{ time, sign float64 }{{float64(*last.Start) / 1000, -1}, {float64(last.End) / 1000, 1}} {
				vector, err := v.PrometheusVector(ctx, pod, selector, at.time)
				if err != nil {
					return err
				}
				for _, sample := range vector {
					recorded[of] += at.sign * float64(sample.Value)
				}
			}
		}
		if diff := cmp.Diff(recorded, risen, cmpopts.EquateApprox(1e-9, 0)); diff != "" || len(risen) != 2 {
			return fmt.Errorf("status codes (-recorded +risen): %v\n%s", risen, diff)
		}
		return nil
	})
	if err := checkOrder(points); err != nil {
		v.Error(err)
	}
}

// TestThePodOfLinkerdsPageIsLeftAlone has a pod with a sidecar in its Helm values, as the page
// says, in a namespace that asks for gcm-exporter.
func TestThePodOfLinkerdsPageIsLeftAlone(t *testing.T) {
	v := newNamespace(newUser(t), chartOf(t, "version-2.20/manual"))
	v.kubectl("", "annotate", "namespace", v.namespace, settings.Inject+"=enabled", settings.ProjectID+"=my-project")
	v.document()
	v.deploy()
	pod := v.prometheus("runs with the sidecar", withSidecar)
	var deployment appsv1.Deployment
	if err := v.Get(t.Context(), client.ObjectKey{Namespace: v.namespace, Name: "prometheus"}, &deployment); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(deployment.Spec.Template.Spec.Containers, pod.Spec.Containers); diff != "" {
		t.Errorf("containers (-Deployment +pod):\n%s", diff)
	}
	if diff := cmp.Diff(deployment.Spec.Template.Spec.Volumes, pod.Spec.Volumes); diff != "" {
		t.Errorf("volumes (-Deployment +pod):\n%s", diff)
	}
	if record, is := pod.Annotations[settings.Status]; is {
		t.Errorf("the pod has the record %s", record)
	}
	v.eventually("an event says why", func(ctx context.Context) error {
		var events corev1.EventList
		if err := v.List(ctx, &events, client.InNamespace(v.namespace)); err != nil {
			return err
		}
		if !slices.ContainsFunc(events.Items, func(e corev1.Event) bool { return e.Reason == "InjectionSkipped" }) {
			return fmt.Errorf("there is none among %d", len(events.Items))
		}
		return nil
	})
}

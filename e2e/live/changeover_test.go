package live

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/gcmemulator"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestGcmExporterGoesOnWhereGooglesSidecarEnded changes a namespace over, as docs/migration.md
// says. Gauges go on from before the change, without a gap; what counts, counts on from the first
// scrape after it.
func TestGcmExporterGoesOnWhereGooglesSidecarEnded(t *testing.T) {
	chart := chartOf(t, "version-2.17/persistence")
	u := newUser(t)
	proxy := u.proxy("bazaar", "web")
	u.awaitReady(proxy)
	v := withGoogle(newViz(u, chart))
	v.deploy()
	sidecar := v.prometheus("runs with Google's sidecar", withSidecar)
	v.eventually("Google's sidecar exports", func(ctx context.Context) error {
		read, err := v.Series(ctx, sidecar)
		if err == nil && len(read) == 0 {
			err = errors.New("it has read nothing")
		}
		return err
	})

	v.kubectl("", "annotate", "namespace", v.namespace, "--overwrite",
		settings.SidecarName+"=gcm-exporter", settings.SidecarImage+"-", settings.CredentialsSecret+"=google")
	v.kubectl(v.linkerdGCM("generate", "--viz-namespace="+v.namespace), "apply", "-f", "-")
	v.restart()
	pod := v.awaitExporter()
	v.google.accepts(1)
	counted := v.still(proxy)
	v.meet(proxy)

	var points []gcmemulator.Point
	v.eventually("Google has what was counted since the change", func(ctx context.Context) (err error) {
		if points, err = v.google.points(ctx); err != nil {
			return err
		}
		all := v.sent(points)
		if err := v.addBaseline(ctx, pod, points, all); err != nil {
			return err
		}
		if diff := cmp.Diff(counted, all, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			return fmt.Errorf("(-counted +counted before the change and sent):\n%s", diff)
		}
		return nil
	})
	if err := checkOrder(points); err != nil {
		t.Error(err)
	}
	report, err := v.report(t.Context(), pod)
	if err != nil {
		t.Fatal(err)
	}
	if lost := report.Log.LostSeconds; len(lost) != 1 || lost[0].Name != "changeover" {
		t.Errorf("it says that it has lost %+v, not how long the change took", lost)
	}
	v.checkGaugesGoOn(pod, report, points)
}

// addBaseline adds what the proxy had counted when Google's running totals began.
func (v exported) addBaseline(ctx context.Context, pod *corev1.Pod, points []gcmemulator.Point, all totals) error {
	start := int64(0)
	for _, p := range points {
		switch {
		case p.Start == nil || !v.ofMesh(p):
		case start == 0:
			start = *p.Start
		case start != *p.Start:
			return fmt.Errorf("%s begins at %d, others at %d", p.Metric, *p.Start, start)
		}
	}
	if start == 0 {
		return errors.New("no running total has arrived")
	}
	samples, err := v.PrometheusVector(ctx, pod, `{__name__=~"response_total|response_latency_ms_.*", namespace="`+v.mesh+`"}`, float64(start)/1000)
	if err != nil {
		return err
	}
	for _, s := range samples {
		labels := map[string]string{}
		for name, value := range s.Metric {
			labels[string(name)] = string(value)
		}
		if requested(labels) {
			all[counter(s.Metric, labels)] += float64(s.Value)
		}
	}
	return nil
}

// counter names what a series of Prometheus has counted.
func counter(metric model.Metric, labels map[string]string) string {
	switch name := string(metric[model.MetricNameLabel]); {
	case name == "response_total":
		return responses(labels["pod"], labels["direction"], labels)
	case strings.HasSuffix(name, "_bucket"):
		bound, err := strconv.ParseFloat(labels["le"], 64)
		if err != nil {
			return err.Error()
		}
		return latency(labels["pod"], labels["direction"], fmt.Sprintf("at most %g", bound))
	default:
		return latency(labels["pod"], labels["direction"], name[strings.LastIndex(name, "_")+1:])
	}
}

// increase is a gauge that a rule records of each proxy, by status code.
const increase = "linkerd_job:response_count:increase_40s"

// checkGaugesGoOn fails unless the gauge has arrived from before gcm-exporter started until now,
// each sample that Prometheus has of it.
func (v exported) checkGaugesGoOn(pod *corev1.Pod, report status.Report, points []gcmemulator.Point) {
	v.Helper()
	checked := 0
	for of, points := range series(points) {
		first, last := points[0], points[len(points)-1]
		if !v.ofMesh(last) || !strings.HasSuffix(last.Metric, "increase_40s") {
			continue
		}
		checked++
		if first.End >= report.Started.UnixMilli() {
			v.Errorf("%s begins at %d, and gcm-exporter at %s", of, first.End, report.Started)
		}
		count := fmt.Sprintf(`count_over_time(%s{namespace=%q, status_code=%q}[%dms])`, increase, v.mesh, last.MetricLabels["status_code"], last.End-first.End)
		recorded, err := v.PrometheusVector(v.Context(), pod, count, float64(last.End)/1000)
		if err != nil {
			v.Fatal(err)
		}
		if len(recorded) != 1 || int(recorded[0].Value) != len(points) {
			v.Errorf("%s has %d points, Prometheus has %v", of, len(points), recorded)
		}
	}
	if checked != 2 {
		v.Errorf("Google has %d series of %s, not those of 2 status codes", checked, increase)
	}
}

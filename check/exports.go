package check

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var exportsCheck = Check{
	ID: "exports", Category: googleCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars export",
	Means:       "A sidecar has run for ten minutes, and Google has not accepted a single sample from it. Its own metrics, which the message sums up, say where the samples are lost. This needs the permission to get `pods/proxy`; where these metrics cannot be read, there is no result.",
	Do:          "`kubectl -n linkerd-viz logs deployment/prometheus -c stackdriver-prometheus-sidecar`: `PermissionDenied` is about [Workload Identity](#workload-identity); [What the sidecar loses](#what-the-sidecar-loses) explains the rest.",
	run:         sidecarsExport,
}

// startupTime is how long a sidecar may take to export something: it waits for
// Prometheus, then a minute, and a recorded rate needs some samples.
const startupTime = 10 * time.Minute

// exports is what a sidecar counts of itself.
type exports struct {
	read, sent, accepted, refused float64
	// dropped are series by the reason why they are not sent.
	dropped map[string]float64
}

func sidecarsExport(ctx context.Context, r *runContext) error {
	looked := false
	err := r.eachPod(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container == nil {
			return nil, nil
		}
		running := statusOf(pod, container.Name).State.Running
		if running == nil || r.now.Sub(running.StartedAt.Time) < startupTime {
			return nil, nil
		}
		counted, known := r.exportsOf(ctx, pod)
		if !known {
			return nil, nil
		}
		looked = true
		if problem := counted.judge(); problem != "" {
			return []string{fmt.Sprintf("pod %s/%s %s; see kubectl -n %[1]s logs %[2]s -c %[4]s", v.Name, pod.Name, problem, container.Name)}, nil
		}
		return nil, nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

// exportsOf reads what a sidecar counts. It reports whether that is known.
func (r *runContext) exportsOf(ctx context.Context, pod *corev1.Pod) (exports, bool) {
	return readExports(r.cluster.Metrics(ctx, pod, stackdriver.Port))
}

// readExports reads what stackdriver-prometheus-sidecar counts (its retrieval and
// stackdriver packages).
func readExports(m cluster.Metrics) (exports, bool) {
	const accepted = "prometheus_remote_storage_succeeded_samples_total"
	if m[accepted] == nil {
		return exports{}, false
	}
	return exports{
		read:     m.Sum("prometheus_sidecar_samples_processed"),
		sent:     m.Sum("prometheus_sidecar_samples_produced"),
		accepted: m.Sum(accepted),
		refused:  m.Sum("prometheus_remote_storage_failed_samples_total"),
		dropped:  m.SumBy("prometheus_sidecar_dropped_series", "reason"),
	}, true
}

// judge says where the samples got lost of a sidecar that has exported none.
func (e exports) judge() string {
	switch {
	case e.accepted > 0:
		return ""
	case e.refused > 0:
		return fmt.Sprintf("has exported nothing: Google has refused all %.0f samples, most often because roles/monitoring.metricWriter is missing", e.refused)
	case e.sent > 0:
		return fmt.Sprintf("has exported nothing: %.0f samples wait to be sent, so Google cannot be reached", e.sent)
	case e.read == 0:
		return "has exported nothing: it has read no samples, so Prometheus is not ready, or its write-ahead log is elsewhere"
	}
	var reasons []string
	for _, reason := range stackdriver.DropReasons {
		if n := e.dropped[string(reason.Name)]; n > 0 {
			reasons = append(reasons, fmt.Sprintf("%s: %s", reason.Name, reason.What))
		}
	}
	if len(reasons) == 0 {
		return fmt.Sprintf("has exported nothing: of the %.0f samples that it has read, no selector matches any, or the recording rules produce none", e.read)
	}
	return "has exported nothing: it drops what the selectors match, as " + strings.Join(slices.Compact(reasons), " ")
}

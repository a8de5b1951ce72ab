package check

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
)

var exportsCheck = Check{
	ID: "exports", Category: googleCategory, Severity: Warning, Stage: DataPlane, Retry: true,
	Description: "points arrive in Google",
	Means:       "Google has accepted nothing from `gcm-exporter` in the last five minutes; or, of Google's sidecar, which only counts, nothing at all in its first ten minutes. The message says why, as the sidecar itself tells it. This needs the permission to get `pods/proxy`; where the sidecar does not answer, there is no result.",
	Do:          "See [Are my metrics arriving?](#are-my-metrics-arriving)",
	run:         sidecarsExport,
}

// startupTime is how long Google's sidecar may take to export something: it waits for
// Prometheus, then a minute, and a recorded rate needs some samples.
const startupTime = 10 * time.Minute

func sidecarsExport(ctx context.Context, r *runContext) error {
	waits := true
	err := r.eachExport(ctx, func(pod *corev1.Pod, e exports.Export) []string {
		if e.Arriving == exports.Arriving || e.Arriving == exports.Unknown {
			return nil
		}
		waits = waits && e.Arriving == exports.Starting
		problem := fmt.Sprintf("pod %s/%s: %s", pod.Namespace, pod.Name, e.Message)
		if e.Fix != "" {
			problem += "; to do: " + e.Fix
		}
		return []string{excerpt.Escape(problem)}
	})
	if err != nil && !waits {
		return permanentError{err}
	}
	return err
}

// eachExport judges what each sidecar says that answers. That it may not be asked is an
// error.
func (r *runContext) eachExport(ctx context.Context, judge func(*corev1.Pod, exports.Export) []string) error {
	looked := false
	err := r.eachPod(ctx, func(_ cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container == nil {
			return nil, nil
		}
		running := statusOf(pod, container.Name).State.Running
		if running == nil || isGoogles(pod, container) && r.now.Sub(running.StartedAt.Time) < startupTime {
			return nil, nil
		}
		export, err := r.exportOf(ctx, pod, container)
		if mayNotAsk(err) {
			return nil, err
		}
		if err != nil {
			return nil, nil //nolint:nilerr // a sidecar that does not answer is nothing to look at
		}
		looked = true
		return judge(pod, export), nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

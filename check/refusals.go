package check

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
)

var refusalsCheck = Check{
	ID: "refusals", Category: googleCategory, Severity: Warning, Stage: DataPlane,
	Description: "Google refuses nothing",
	Means:       "Google has refused points of `gcm-exporter` in the last five minutes. The message has the reason, a series, and what to do. For some minutes after a rollout, `start_order` and `end_order` are no cause for concern. Google's sidecar does not say when.",
	Do:          "See [what Google answers](exporter.md#what-google-answers); `linkerd gcm status` shows the metrics, with Google's words.",
	run:         nothingIsRefused,
}

func nothingIsRefused(ctx context.Context, r *runContext) error {
	return r.eachReason(ctx, "Google refuses points as", func(reason status.Reason) bool { return reason.Refused })
}

// eachReason names each reason of a kind for which samples are lost now, with a series and
// what to do.
func (r *runContext) eachReason(ctx context.Context, said string, applies func(status.Reason) bool) error {
	looked := false
	err := r.eachExport(ctx, func(pod *corev1.Pod, e exports.Export) []string {
		looked = looked || e.Tells()
		var problems []string
		for _, reason := range e.Lost() {
			if applies(reason) {
				problems = append(problems, fmt.Sprintf("pod %s/%s: %s %s", pod.Namespace, pod.Name, said, excerpt.Escape(exports.Describe(reason))))
			}
		}
		return problems
	})
	if mayNotAsk(err) || err == nil && !looked {
		return errNotApplicable // the check exports says what is missing
	}
	return err
}

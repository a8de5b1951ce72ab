package check

import (
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

var nextPodCheck = Check{
	ID: "next-pod", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "a new pod of Prometheus would carry the sidecar",
	Means:       "Tested by dry run, with the template of Prometheus' Deployment: the next pod would be refused, or start without the sidecar. This needs the permission to create pods.",
	Do:          "Fix what the message names.",
	run:         nextPodIsInjected,
}

func nextPodIsInjected(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range asking {
		deployments, err := v.Live.Deployments(ctx)
		if err != nil {
			return err
		}
		for _, d := range deployments {
			if !inject.Requested(v.Annotations, d.Spec.Template.Annotations) {
				continue
			}
			looked = true
			answer := r.cluster.DryRunPod(ctx, &d)
			if answer.Err != nil && !isRefused(answer.Err) {
				return fmt.Errorf("creating a pod by dry run: %w", answer.Err)
			}
			if problem := judgeNextPod(answer); problem != "" {
				problems = append(problems, fmt.Sprintf("a new pod of Deployment %s/%s %s", v.Name, d.Name, problem))
			}
		}
	}
	if !looked {
		return errNotApplicable
	}
	return joinLines(problems)
}

// judgeNextPod says what is wrong with the API server's answer to a pod.
func judgeNextPod(answer cluster.DryRun) string {
	switch {
	case answer.Err != nil:
		return "would be refused: " + answer.Err.Error()
	case stackdriver.Find(&answer.Pod.Spec) == nil:
		return "would start without the sidecar: the injector cannot be reached, or the configuration is wrong and on-invalid is admit"
	default:
		return ""
	}
}

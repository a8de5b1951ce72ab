package check

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

var podsCheck = Check{
	ID: "pods", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane, Retry: true,
	Description: "Prometheus' pods can be created",
	Means:       "A namespace asks for the sidecar, and there is no Prometheus, or Kubernetes cannot create its pods. Where the injector refuses them, the message gives its reasons.",
	Do:          "Fix what the message names; the ReplicaSet tries again by itself.",
	run:         podsExist,
}

func podsExist(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		sets, err := r.cluster.PrometheusReplicaSets(ctx, v.Name)
		if err != nil {
			return err
		}
		refusals := judgeReplicaSets(sets)
		switch {
		case len(refusals) > 0:
			problems = append(problems, refusals...)
		case len(v.Pods) == 0:
			problems = append(problems, fmt.Sprintf("namespace %s has no pod labelled component=prometheus: is linkerd-viz' Prometheus switched off (prometheus.enabled=false), or scaled to 0?", v.Name))
		}
	}
	return joinLines(problems)
}

// judgeReplicaSets says which ReplicaSets can't make pods, and why.
func judgeReplicaSets(sets []appsv1.ReplicaSet) []string {
	var refusals []string
	for _, set := range sets {
		for _, c := range set.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue {
				refusals = append(refusals, fmt.Sprintf("ReplicaSet %s/%s cannot create a pod: %s", set.Namespace, set.Name, c.Message))
			}
		}
	}
	return refusals
}

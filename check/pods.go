package check

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

var podsCheck = Check{
	ID: "pods", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane, Retry: true,
	Description: "Prometheus' pods can be created",
	Means:       "A namespace asks for the sidecar, and there is no Prometheus, or Kubernetes cannot create its pods. Where they are refused, the message gives the reasons as they are now, asked by dry run where the permission to create pods is there.",
	Do:          "Fix what the message names. The ReplicaSet tries again by itself, after every refusal later than before, up to a quarter of an hour: `kubectl -n linkerd-viz rollout restart deployment/prometheus` does not wait for that.",
	run:         podsExist,
}

func podsExist(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	refused := false
	for _, v := range asking {
		sets, err := r.cluster.PrometheusReplicaSets(ctx, v.Name)
		if err != nil {
			return err
		}
		failure := newestFailure(sets)
		switch {
		case failure != nil:
			next := r.nextPod(ctx, v)
			problems = append(problems, failure.judge(next, restart(v), r.now))
			if isRefused(next.Err) {
				refused = true
				r.refusals = append(r.refusals, next.Err.Error())
			}
		case len(v.Pods) == 0:
			problems = append(problems, fmt.Sprintf("namespace %s has no pod labelled component=prometheus: is linkerd-viz' Prometheus switched off (prometheus.enabled=false), or scaled to 0?", v.Name))
		}
	}
	if refused { // until somebody fixes it
		return permanentError{joinLines(problems)}
	}
	return joinLines(problems)
}

// nextPod is the API server's answer to the pod that a namespace's Prometheus needs next:
// a refusal where there is one. It is empty where nobody knows.
func (r *runContext) nextPod(ctx context.Context, v cluster.VizNamespace) cluster.DryRun {
	deployments, err := v.Live.Deployments(ctx)
	if err != nil {
		return cluster.DryRun{}
	}
	var answer cluster.DryRun
	for i := range deployments {
		switch next := r.cluster.DryRunPod(ctx, &deployments[i]); {
		case isRefused(next.Err):
			return next
		case next.Err == nil:
			answer = next
		}
	}
	return answer
}

// replicaSetFailure is why a ReplicaSet could not create a pod.
type replicaSetFailure struct {
	set appsv1.ReplicaSet
	// since is when it failed first. The reason may be as old: Kubernetes does not replace
	// the message of a condition that stays.
	since  time.Time
	reason string
}

// newestFailure returns the failure of the ReplicaSet that began to fail last; nil where
// none fails. An older ReplicaSet's reason may have been fixed.
func newestFailure(sets []appsv1.ReplicaSet) *replicaSetFailure {
	var newest *replicaSetFailure
	for _, set := range sets {
		for _, c := range set.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue &&
				(newest == nil || newest.since.Before(c.LastTransitionTime.Time)) {
				newest = &replicaSetFailure{set, c.LastTransitionTime.Time, c.Message}
			}
		}
	}
	return newest
}

// judge says why there is no pod, and what to do: next is the API server's answer to the
// next one, and restart the command that makes it now.
func (f replicaSetFailure) judge(next cluster.DryRun, restart string, now time.Time) string {
	set := f.set.Namespace + "/" + f.set.Name
	age := duration.HumanDuration(now.Sub(f.since))
	switch {
	case isRefused(next.Err):
		return fmt.Sprintf("ReplicaSet %s has not created a pod for %s, and the next one would be refused, too: %s", set, age, next.Err)
	case next.Pod != nil:
		return fmt.Sprintf("ReplicaSet %s has not created a pod for %s, but the next one would not be refused: it tries again by itself within a quarter of an hour, or run %s now", set, age, restart)
	default:
		return fmt.Sprintf("ReplicaSet %s has not created a pod for %s; the reason was: %s; once that is fixed, it tries again by itself within a quarter of an hour, or run %s now", set, age, f.reason, restart)
	}
}

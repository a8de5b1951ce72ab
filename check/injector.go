package check

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var injectorCheck = Check{
	ID: "injector", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
	Description: "the injector is ready",
	Means:       "Fewer replicas are ready than configured. Without any, pods of Prometheus start without the sidecar, or not at all, as `failurePolicy` says.",
	Do:          "`kubectl -n linkerd-gcm describe pods` and `kubectl -n linkerd-gcm logs deployment/gcm-injector`; see [When the webhook is down](#when-the-webhook-is-down).",
	run:         injectorIsReady,
}

func injectorIsReady(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	switch {
	case err != nil:
		return err
	case i.DeploymentError != nil:
		return i.DeploymentError
	case i.RunsOutside():
		return errNotApplicable
	case i.Deployment == nil:
		return permanentError{fmt.Errorf("there is no Deployment %s/%s: run %s", i.Namespace, names.Injector, i.Way().Repair())}
	}
	problem := judgeDeployment(i.Deployment)
	if problem == nil {
		return nil
	}
	if isRefusedByPolicy(replicaFailure(i.Deployment)) { // until somebody fixes it
		return permanentError{problem}
	}
	pods, err := r.cluster.Pods(ctx, i.Namespace, i.Deployment.Spec.Selector.MatchLabels)
	if err != nil {
		return fmt.Errorf("%w; the reason is not known: %w", problem, err)
	}
	return joinLines(append([]string{problem.Error()}, podProblems(pods)...))
}

// judgeDeployment says whether all replicas are of the present template and ready.
func judgeDeployment(d *appsv1.Deployment) error {
	wanted := int32(1)
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	where := d.Namespace + "/" + d.Name
	switch {
	case wanted == 0:
		return permanentError{fmt.Errorf("Deployment %s is scaled to 0 replicas: run kubectl -n %s scale deployment/%s --replicas=2", where, d.Namespace, d.Name)}
	case d.Status.ObservedGeneration < d.Generation || d.Status.UpdatedReplicas < wanted:
		return fmt.Errorf("Deployment %s is being rolled out: %d of %d replicas are new; kubectl -n %s rollout status deployment/%s follows it%s",
			where, d.Status.UpdatedReplicas, wanted, d.Namespace, d.Name, replicaFailure(d))
	case d.Status.AvailableReplicas < wanted:
		return fmt.Errorf("%d of %d replicas of Deployment %s are ready: see kubectl -n %s describe pods%s",
			d.Status.AvailableReplicas, wanted, where, d.Namespace, replicaFailure(d))
	}
	return nil
}

// replicaFailure is why no pods can be made.
func replicaFailure(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return "; " + c.Message
		}
	}
	return ""
}

package check

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var webhookAnswersCheck = Check{
	ID: "webhook-answers", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
	Description: "the API server reaches the injector",
	Means:       "The whole path is tested, from the API server through TLS to the injector and back: a namespace with an annotation whose value is not valid is created by dry run, and the injector warns about it. Nothing is stored. This needs the permission to create namespaces.",
	Do:          "See [When the webhook is down](#when-the-webhook-is-down); on GKE's private clusters see [GKE](#gke).",
	run:         injectorAnswers,
}

// invalidLevel is the value of an annotation that the injector warns of: there is no such
// log level. A refusal would count in the injector's metrics.
const invalidLevel = "dry-run-of-linkerd-gcm-check"

func injectorAnswers(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	if i.Validating == nil && i.ConfigurationsError == nil {
		return errNotApplicable
	}
	answer := r.cluster.DryRunNamespace(ctx, map[string]string{settings.SidecarLogLevel: invalidLevel})
	problem := judgeDryRun(answer, i, r.whyNoAnswer(ctx, i))
	if problem != nil && !isInconclusive(problem) && !apierrors.IsForbidden(problem) && r.onGKE(ctx) {
		problem = fmt.Errorf("%w\non a private cluster of GKE, the control plane must be allowed to reach port 10250 of the nodes", problem)
	}
	return problem
}

// whyNoAnswer is why the API server gets no answer from the injector, as far as that can
// be known here. It says nothing of the reason where it goes on without one.
func (r *runContext) whyNoAnswer(ctx context.Context, i cluster.Installation) string {
	found, err := r.certificates(ctx, i)
	if err == nil && len(judgeBundles(i.Webhooks(), found, r.now)) > 0 {
		return "it does not trust the injector's certificate"
	}
	for _, c := range found {
		if problems := c.judge(i.Hosts(), r.now); len(problems) > 0 {
			return "it does not accept the injector's certificate: " + problems[0]
		}
	}
	if i.Deployment != nil && i.Deployment.Status.AvailableReplicas == 0 {
		return "no replica of the injector is ready"
	}
	return "it cannot reach the injector over the network, or the injector does not answer in time"
}

// judgeDryRun judges what the API server has answered to a namespace with an invalid
// annotation.
func judgeDryRun(answer cluster.DryRun, i cluster.Installation, why string) error {
	err := answer.Err
	for _, w := range answer.Warnings {
		if strings.Contains(w, invalidLevel) {
			return nil
		}
	}
	if err != nil && strings.Contains(err.Error(), fmt.Sprintf("admission webhook %q denied", names.ValidatingWebhook)) {
		return nil // an injector of another version
	}
	look := fmt.Sprintf("see kubectl -n %s get pods, and kubectl -n %[1]s logs deployment/%[2]s", i.Namespace, names.Injector)
	switch {
	case err == nil && !i.FailsClosed():
		return fmt.Errorf("the API server continued without the injector, since failurePolicy is Ignore: %s; %s", why, look)
	case err == nil:
		return permanentError{fmt.Errorf("the API server did not ask the injector: ValidatingWebhookConfiguration %s was changed; run %s", names.ValidatingConfiguration, i.Way().Repair())}
	case strings.Contains(err.Error(), "failed calling webhook"):
		return fmt.Errorf("%w; %s", err, look)
	case apierrors.IsForbidden(err) && !isRefusedByPolicy(err.Error()):
		return fmt.Errorf("creating a namespace by dry run: %w", err)
	default:
		return inconclusiveError{fmt.Errorf("not checked, since creating a namespace by dry run failed for another reason: %w", err)}
	}
}

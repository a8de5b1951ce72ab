package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var webhookChecks = []Check{
	{
		ID: "webhook-answers", Category: injectorCategory, Severity: Error, Stage: Installed, Retry: true,
		Description: "the API server reaches the injector",
		Means:       "The whole way is tried, from the API server through TLS to the injector and back: a namespace with an annotation whose value is none is made by dry run, of which the injector warns. Nothing is stored. It takes the permission to create namespaces.",
		Do:          "See [When the webhook is down](#when-the-webhook-is-down); on GKE's private clusters see [GKE](#gke).",
		run:         injectorAnswers,
	},
}

// oddLevel is the value of an annotation that the injector warns of: there is no such
// log level.
const oddLevel = "dry-run-of-linkerd-gcm-check"

// validator is the webhook that is asked about namespaces.
const validator = "gcm-validator.linkerd.io"

// injectorAnswers makes a namespace, by dry run, of which the validator complains
// in a warning, so that no metric counts a refusal.
func injectorAnswers(ctx context.Context, e *examination) error {
	i, err := e.installation(ctx)
	if err != nil {
		return err
	}
	if i.validating == nil && i.unread == nil {
		return errNotApplicable
	}
	ctx, warnings := listening(ctx)
	err = e.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "linkerd-gcm-check-", Annotations: map[string]string{settings.SidecarLogLevel: oddLevel},
	}}, client.DryRunAll)
	problem := judgeTrial(err, warnings.warnings, i)
	if problem != nil && !errors.As(problem, &doubt{}) && !isForbidden(problem) && e.onGKE(ctx) {
		problem = fmt.Errorf("%w\non a private cluster of GKE, the control plane must be allowed to reach port 10250 of the nodes", problem)
	}
	return problem
}

// failsClosed reports whether the API server would rather refuse a request than do
// without the injector.
func (i installation) failsClosed() bool {
	return slices.ContainsFunc(i.webhooks(), func(e endpoint) bool { return e.failurePolicy == admissionv1.Fail })
}

// judgeTrial judges what the API server said to the trial.
func judgeTrial(err error, warnings []string, i installation) error {
	for _, w := range warnings {
		if strings.Contains(w, oddLevel) {
			return nil
		}
	}
	if err != nil && strings.Contains(err.Error(), fmt.Sprintf("admission webhook %q denied", validator)) {
		return nil // an injector of another version
	}
	look := fmt.Sprintf("see kubectl -n %s get pods, and kubectl -n %[1]s logs deployment/%[2]s", i.namespace, deploymentName)
	switch {
	case err == nil && !i.failsClosed():
		return fmt.Errorf("the API server did without the injector, since failurePolicy is Ignore: it cannot be reached, does not answer in time, or its certificate is not trusted; %s", look)
	case err == nil:
		return fmt.Errorf("the API server did not ask the injector: ValidatingWebhookConfiguration %s was changed; run %s", validatingConfiguration, applyAgain)
	case strings.Contains(err.Error(), "failed calling webhook"):
		return fmt.Errorf("%w; %s", err, look)
	case isForbidden(err) && !refusedByPolicy(err):
		return fmt.Errorf("creating a namespace by dry run: %w", err)
	default:
		return doubt{fmt.Errorf("not checked, since creating a namespace by dry run failed for another reason: %w", err)}
	}
}

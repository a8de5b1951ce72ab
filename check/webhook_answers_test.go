package check

import (
	"errors"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

func TestJudgeDryRun(t *testing.T) {
	open, closed := admissionv1.Ignore, admissionv1.Fail
	for name, test := range map[string]struct {
		err          error
		warnings     []string
		policy       *admissionv1.FailurePolicyType
		want         string
		inconclusive bool
	}{
		"the injector has warned": {warnings: []string{"spec.x is deprecated", `SET002: annotation gcm.linkerd.io/sidecar-log-level of the namespace is "dry-run-of-linkerd-gcm-check"`}},
		"it has warned, and another webhook refuses": {
			err: errors.New(`admission webhook "x" denied the request`), warnings: []string{"is dry-run-of-linkerd-gcm-check"},
		},
		"the injector has refused": {err: errors.New(`admission webhook "gcm-validator.linkerd.io" denied the request: SET002`)},
		"it was ignored":           {policy: &open, want: "continued without the injector"},
		"it was not asked":         {policy: &closed, want: "did not ask the injector"},
		"Fail is the default":      {want: "did not ask the injector"},
		"it cannot be called": {
			err:    errors.New(`Internal error occurred: failed calling webhook "gcm-validator.linkerd.io": no endpoints available`),
			policy: &closed, want: "no endpoints available",
		},
		"who asks may not create namespaces": {err: errForbidden, want: "creating a namespace by dry run"},
		"another webhook refuses": {
			err: fmt.Errorf(`admission webhook "x" denied the request: %w`, errForbidden), want: "for another reason", inconclusive: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := cluster.Installation{Namespace: "linkerd-gcm", Validating: &admissionv1.ValidatingWebhookConfiguration{
				Webhooks: []admissionv1.ValidatingWebhook{{FailurePolicy: test.policy}},
			}}
			got := judgeDryRun(cluster.DryRun{Err: test.err, Warnings: test.warnings}, i)
			expect(t, test.want, got)
			if inconclusive := isInconclusive(got); inconclusive != test.inconclusive {
				t.Errorf("%v is inconclusive: %v", got, inconclusive)
			}
		})
	}
}

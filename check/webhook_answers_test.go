package check

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
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
		"it was ignored":           {policy: &open, want: "continued without the injector, since failurePolicy is Ignore: nobody is there; see kubectl"},
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
			got := judgeDryRun(cluster.DryRun{Err: test.err, Warnings: test.warnings}, i, "nobody is there")
			expect(t, test.want, got)
			if inconclusive := isInconclusive(got); inconclusive != test.inconclusive {
				t.Errorf("%v is inconclusive: %v", got, inconclusive)
			}
		})
	}
}

func TestWhyNoAnswer(t *testing.T) {
	ready := injectorDeployment("1.0.0")
	ready.Status.AvailableReplicas = 1
	untrusted := mutatingConfiguration("linkerd-gcm")
	for name, test := range map[string]struct {
		i       cluster.Installation
		objects []client.Object
		want    string
	}{
		"nobody is ready": {i: cluster.Installation{Namespace: "linkerd-gcm", Deployment: injectorDeployment("1.0.0")}, want: "no replica of the injector is ready"},
		"nobody knows":    {i: cluster.Installation{Namespace: "linkerd-gcm", Deployment: ready}, want: "it cannot reach the injector over the network"},
		"the CA is missing": {
			i:       cluster.Installation{Namespace: "linkerd-gcm", Deployment: ready, Mutating: untrusted},
			objects: []client.Object{caSecret(t)}, want: "it does not trust the injector's certificate",
		},
	} {
		r := &runContext{cluster: clusterServing(t, nil, test.objects...), now: time.Now()}
		if got := r.whyNoAnswer(t.Context(), test.i); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// caSecret is the Secret with the CA that the injectors share.
func caSecret(t *testing.T) *corev1.Secret {
	t.Helper()
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: names.CASecret},
		Data:       map[string][]byte{corev1.TLSCertKey: testca.New(t).CertificatePEM()},
	}
}

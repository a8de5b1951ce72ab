package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

func TestWebhooksExist(t *testing.T) {
	runIn(t, webhooksCheck, map[string]state{
		"both":    {objects: []client.Object{mutatingConfiguration("linkerd-gcm"), validatingConfiguration("linkerd-gcm")}},
		"neither": {want: "so nothing is injected"},
	})
}

func TestJudgeWebhooks(t *testing.T) {
	for name, test := range map[string]struct {
		installation cluster.Installation
		want         []string
	}{
		"both": {cluster.Installation{Namespace: "a", Mutating: mutatingConfiguration("a"), Validating: validatingConfiguration("a")}, nil},
		"neither": {cluster.Installation{Namespace: "a"}, []string{
			"there is no MutatingWebhookConfiguration linkerd-gcm-webhook-config, so nothing is injected: run " + applyAgain,
			"there is no ValidatingWebhookConfiguration linkerd-gcm-validator-webhook-config, so nothing is validated: run " + applyAgain,
		}},
		"one": {cluster.Installation{Namespace: "a", Mutating: mutatingConfiguration("a")}, []string{
			"there is no ValidatingWebhookConfiguration linkerd-gcm-validator-webhook-config, so nothing is validated: run " + applyAgain,
		}},
		"they point to two namespaces": {cluster.Installation{Namespace: "a", Mutating: mutatingConfiguration("a"), Validating: validatingConfiguration("b")}, []string{
			"webhook gcm-validator.linkerd.io points to namespace b, others to a: run " + applyAgain,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, judgeWebhooks(test.installation)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

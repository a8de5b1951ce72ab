package check

import (
	"context"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var namespacePoliciesCheck = Check{
	ID: "namespace-policies", Category: injectorCategory, Severity: Warning, Stage: Installed,
	Description: "the namespace keeps Linkerd's webhooks away and enforces Pod Security",
	Means:       "The injector must start when Linkerd's webhooks are down, and needs no privileges.",
	Do:          "`kubectl label namespace linkerd-gcm config.linkerd.io/admission-webhooks=disabled pod-security.kubernetes.io/enforce=restricted`",
	run:         namespaceHasPolicies,
}

func namespaceHasPolicies(ctx context.Context, r *runContext) error {
	namespace, err := r.presentNamespace(ctx)
	if err != nil {
		return err
	}
	return judgeLabels(namespace, names.OptOutLabel+"=disabled", "pod-security.kubernetes.io/enforce=restricted")
}

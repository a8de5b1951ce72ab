package check

import (
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var webhooksCheck = Check{
	ID: "webhooks", Category: injectorCategory, Severity: Error, Stage: Installed,
	Description: "the webhook configurations exist",
	Means:       "Without them nothing is injected, or nothing is validated, and no error says so.",
	Do:          "`" + applyAgain + "`, if that is how it was installed. The message names the command of Helm, Argo CD or Flux if it was one of them, and says where there were values; see [Install](#install).",
	run:         webhooksExist,
}

func webhooksExist(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	if i.ConfigurationsError != nil {
		return i.ConfigurationsError
	}
	return joinLines(judgeWebhooks(i))
}

func judgeWebhooks(i cluster.Installation) []string {
	var problems []string
	if i.Mutating == nil {
		problems = append(problems, fmt.Sprintf("there is no MutatingWebhookConfiguration %s, so nothing is injected: run %s", names.MutatingConfiguration, i.Way().Repair()))
	}
	if i.Validating == nil {
		problems = append(problems, fmt.Sprintf("there is no ValidatingWebhookConfiguration %s, so nothing is validated: run %s", names.ValidatingConfiguration, i.Way().Repair()))
	}
	for _, w := range i.Webhooks() {
		if w.Service != "" && w.Service != i.Namespace {
			problems = append(problems, fmt.Sprintf("webhook %s points to namespace %s, others to %s: run %s", w.Name, w.Service, i.Namespace, i.Way().Repair()))
		}
	}
	return problems
}

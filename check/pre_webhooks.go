package check

import (
	"cmp"
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

var preWebhooksCheck = Check{
	ID: "pre-webhooks", Category: preInstallCategory, Severity: Error, Stage: PreInstall,
	Description: "no webhook configuration points to another namespace",
	Means:       "A linkerd-gcm in another namespace uses the webhook configurations, whose names are the same for every installation.",
	Do:          "Uninstall the other one first.",
	run:         webhooksAreFree,
}

func webhooksAreFree(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.ConfigurationsError); err != nil {
		return err
	}
	for _, w := range i.Webhooks() {
		if w.Service != "" && w.Service != manifests.DefaultNamespace {
			return fmt.Errorf("webhook %s points to namespace %s: run linkerd gcm uninstall | kubectl delete -f - first", w.Name, w.Service)
		}
	}
	return nil
}

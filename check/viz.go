package check

import (
	"cmp"
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var vizCheck = Check{
	ID: "viz", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "linkerd-viz is installed",
	Means:       "There is no Prometheus to export from: no namespace is labelled `linkerd.io/extension=viz`, and none is annotated.",
	Do:          "`linkerd viz install | kubectl apply -f -`",
	run:         vizIsInstalled,
}

func vizIsInstalled(ctx context.Context, r *runContext) error {
	found, err := r.vizNamespaces(ctx)
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		return nil
	case r.options.Namespace != "":
		// Linkerd passes the namespace of an application on, which is not our business.
		namespace, err := r.cluster.Namespace(ctx, r.options.Namespace)
		if err == nil && namespace == nil {
			return fmt.Errorf("there is no namespace %s", r.options.Namespace)
		}
		return cmp.Or(err, errNotApplicable)
	}
	return fmt.Errorf("no namespace is labelled %s=viz, so there is no Prometheus to export from: run linkerd viz install | kubectl apply -f -", names.ExtensionLabel)
}

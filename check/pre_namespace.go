package check

import (
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

var preNamespaceCheck = Check{
	ID: "pre-namespace", Category: preInstallCategory, Severity: Error, Stage: PreInstall,
	Description: "the namespace is free for linkerd-gcm",
	Means:       "A namespace of that name exists, and is not labelled as linkerd-gcm's: perhaps it belongs to somebody else.",
	Do:          "Label it, or install to another namespace with Helm.",
	run:         namespaceIsFree,
}

func namespaceIsFree(ctx context.Context, r *runContext) error {
	namespace, err := r.cluster.Namespace(ctx, manifests.DefaultNamespace)
	if err != nil || namespace == nil || namespace.Labels[names.ExtensionLabel] == names.Extension {
		return err
	}
	return fmt.Errorf("namespace %s exists and is not labelled %s=gcm: if it is for linkerd-gcm, run kubectl label namespace %[1]s %[2]s=gcm",
		namespace.Name, names.ExtensionLabel)
}

package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var singleCheck = Check{
	ID: "single", Category: injectorCategory, Severity: Warning, Stage: Installed,
	Description: "there is one linkerd-gcm in the cluster",
	Means:       "The webhook configurations have one name in a cluster: what was applied last holds, and the other injector is never asked.",
	Do:          "Delete the namespace that was not meant to be.",
	run:         thereIsOne,
}

func thereIsOne(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return err
	}
	switch {
	case i.NamespacesError != nil:
		return i.NamespacesError
	case len(i.Labelled) == 0:
		return errNotApplicable
	case len(i.Labelled) == 1:
		return nil
	}
	return fmt.Errorf("the namespaces %s are all labelled %s=gcm, and the webhook configurations lead to %s: delete those that are not wanted, or take the label off",
		strings.Join(i.Labelled, ", "), names.ExtensionLabel, i.Namespace)
}

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
	Means:       "All installations use the same webhook configurations: the one that was applied last gets all requests, and the other injectors get none.",
	Do:          "Delete the namespaces that you do not need.",
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
	return fmt.Errorf("the namespaces %s are all labelled %s=gcm, and the webhook configurations point to %s: delete those that are not wanted, or remove the label",
		strings.Join(i.Labelled, ", "), names.ExtensionLabel, i.Namespace)
}

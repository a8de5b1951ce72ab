package check

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var namespaceCheck = Check{
	ID: "namespace", Category: injectorCategory, Severity: Error, Stage: Installed,
	Description: "the namespace of linkerd-gcm exists",
	Means:       "linkerd-gcm is not installed, or only half of it.",
	Do:          "`" + applyAgain + "`, or as it was installed; see [Install](#install).",
	run:         namespaceExists,
}

// applyAgain is the command that installs.
const applyAgain = "linkerd gcm install | kubectl apply --server-side -f -"

func namespaceExists(ctx context.Context, r *runContext) error {
	_, err := r.injectorNamespace(ctx)
	return err
}

// absentError says that there is no namespace.
type absentError struct{ error }

// injectorNamespace reads the injector's namespace.
func (r *runContext) injectorNamespace(ctx context.Context) (*metav1.PartialObjectMetadata, error) {
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return nil, err
	}
	namespace, err := r.cluster.Namespace(ctx, i.Namespace)
	if err == nil && namespace == nil {
		err = absentError{fmt.Errorf("there is no namespace %s: run %s", i.Namespace, i.Way().Repair())}
	}
	return namespace, err
}

// presentNamespace reads the injector's namespace for checks that have nothing to say
// where there is none, since another check says so.
func (r *runContext) presentNamespace(ctx context.Context) (*metav1.PartialObjectMetadata, error) {
	namespace, err := r.injectorNamespace(ctx)
	if errors.As(err, &absentError{}) {
		return nil, errNotApplicable
	}
	return namespace, err
}

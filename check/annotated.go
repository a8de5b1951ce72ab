package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var annotatedCheck = Check{
	ID: "annotated", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "linkerd-viz' namespaces ask for the sidecar",
	Means:       "Nothing is exported from a namespace that does not ask. A namespace with `gcm.linkerd.io/inject=disabled` is ignored.",
	Do:          "Annotate the namespace as [annotations.md](annotations.md) says.",
	run:         namespacesAsk,
}

func namespacesAsk(ctx context.Context, r *runContext) error {
	found, err := r.vizNamespaces(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errNotApplicable
	}
	defaults, err := r.defaults(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range found {
		if _, given := v.Annotations[settings.Inject]; !given && !slices.ContainsFunc(v.Pods, podAsks) {
			wanted, _ := settings.Parse(v.Annotations, nil, defaults)
			problems = append(problems, unannotated(v.Name, wanted.Sidecar))
		}
	}
	return joinLines(problems)
}

// unannotated says how a namespace asks. Only Google's sidecar cannot start without ConfigMaps.
func unannotated(namespace string, sidecar settings.Sidecar) string {
	generate := ""
	if sidecar == settings.Stackdriver {
		generate = fmt.Sprintf("linkerd gcm generate --sidecar %s --viz-namespace %s | kubectl apply --server-side -f -, then ", sidecar, namespace)
	}
	return fmt.Sprintf("namespace %s does not ask for the sidecar: run %skubectl annotate namespace %[1]s %[3]s=enabled %[4]s=MY-PROJECT",
		namespace, generate, settings.Inject, settings.ProjectID)
}

// defaults are what the injector was started with.
func (r *runContext) defaults(ctx context.Context) (settings.Defaults, error) {
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.DeploymentError); err != nil {
		return settings.Defaults{}, err
	}
	if i.Deployment == nil {
		return settings.Defaults{}, nil
	}
	return installed.DefaultsOf([]appsv1.Deployment{*i.Deployment})
}

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
			problems = append(problems, unannotated(v.Name, defaults))
		}
	}
	return joinLines(problems)
}

func unannotated(namespace string, defaults settings.Defaults) string {
	command := fmt.Sprintf("kubectl annotate namespace %s %s=enabled %s=MY-PROJECT", namespace, settings.Inject, settings.ProjectID)
	if defaults.SidecarImage == "" {
		command += " " + settings.SidecarImage + "=REGISTRY/stackdriver-prometheus-sidecar:0.10.1"
	}
	return fmt.Sprintf("namespace %s does not ask for the sidecar: run linkerd gcm generate --viz-namespace %[1]s | kubectl apply --server-side -f -, then %s", namespace, command)
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

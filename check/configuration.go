package check

import (
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var configurationCheck = Check{
	ID: "configuration", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
	Description: "annotations and ConfigMaps are without errors",
	Means:       "The next pod of Prometheus is refused, or starts without the sidecar.",
	Do:          "`linkerd gcm lint --namespace linkerd-viz` shows each place; [lint.md](lint.md) explains each rule.",
	run:         configurationHasNoErrors,
}

func configurationHasNoErrors(ctx context.Context, r *runContext) error {
	return r.lint(ctx, lint.Error)
}

// lint judges the configuration of each namespace that asks, as linkerd-gcm lint does.
func (r *runContext) lint(ctx context.Context, severity lint.Severity) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		defaults, err := r.defaultsFor(ctx, v)
		if err != nil {
			return err
		}
		found, err := v.Live.Check(ctx, defaults)
		if err != nil {
			return err
		}
		if len(found.Forbidden) > 0 {
			return found.Forbidden[0]
		}
		problems = append(problems, summarize(v.Name, found.Findings, severity)...)
	}
	return joinLines(problems)
}

// defaultsFor are what the injector was started with. Where its default image is not
// known, the image of a sidecar in the namespace is used instead.
func (r *runContext) defaultsFor(ctx context.Context, v cluster.VizNamespace) (settings.Defaults, error) {
	defaults, err := r.defaults(ctx)
	if err != nil {
		return settings.Defaults{}, err
	}
	for _, pod := range v.Pods {
		if container := sidecars.Find(&pod.Spec); container != nil && defaults.SidecarImage == "" {
			defaults.SidecarImage = container.Image
		}
	}
	return defaults, nil
}

// maxFindings is how many findings are shown of one namespace.
const maxFindings = 5

// summarize shows the first findings of a severity, and how to see the rest.
func summarize(namespace string, findings []lint.Finding, severity lint.Severity) []string {
	var shown []string
	count := 0
	for _, f := range findings {
		if f.Severity != severity {
			continue
		}
		if count++; count <= maxFindings {
			shown = append(shown, f.String())
		}
	}
	if count == 0 {
		return nil
	}
	head := fmt.Sprintf("namespace %s has %d %ss, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, count, severity)
	if count == 1 {
		head = fmt.Sprintf("namespace %s has 1 %s, which linkerd gcm lint --namespace %[1]s shows in full:", namespace, severity)
	}
	if count > maxFindings {
		shown = append(shown, fmt.Sprintf("and %d more", count-maxFindings))
	}
	return append([]string{head}, shown...)
}

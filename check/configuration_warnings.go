package check

import (
	"context"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

var configurationWarningsCheck = Check{
	ID: "configuration-warnings", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "annotations and ConfigMaps are without warnings",
	Means:       "Some metrics may be lost, or be misleading.",
	Do:          "`linkerd gcm lint --namespace linkerd-viz` shows each place; [lint.md](lint.md) explains each rule.",
	run:         configurationHasNoWarnings,
}

func configurationHasNoWarnings(ctx context.Context, r *runContext) error {
	return r.lint(ctx, lint.Warning)
}

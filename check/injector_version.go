package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

var injectorVersionCheck = Check{
	ID: "injector-version", Category: injectorCategory, Severity: Warning, Stage: Installed,
	Description: "the injector and this program have the same version",
	Means:       "They may give different answers about the same configuration.",
	Do:          "[Upgrade](#upgrade) the older one.",
	run:         versionsAgree,
}

func versionsAgree(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.DeploymentError); err != nil {
		return err
	}
	if i.Deployment == nil || r.options.Version == "" {
		return errNotApplicable
	}
	running := i.Deployment.Labels[names.VersionLabel]
	if running == asLabel(r.options.Version) {
		return nil
	}
	return fmt.Errorf("the injector is %s, and this program is %s: upgrade the older one; the injector with %s", running, r.options.Version, applyAgain)
}

// asLabel is a version as the value of a label.
func asLabel(version string) string { return strings.ReplaceAll(version, "+", "_") }

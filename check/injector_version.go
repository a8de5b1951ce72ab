package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
)

var injectorVersionCheck = Check{
	ID: "injector-version", Category: injectorCategory, Severity: Warning, Stage: Installed,
	Description: "the injector, its Deployment and this program have the same version",
	Means:       "This program and the injector may give different answers about the same configuration. Or the image of the injector is not the one of the chart, so that the label with the version is wrong. The injectors are asked: their metrics, which needs the permission to get `pods/proxy`, or a pod that is created by dry run, say the version; where neither can be had, the label does.",
	Do:          "[Upgrade](#upgrade) the older one.",
	run:         versionsAgree,
}

func versionsAgree(ctx context.Context, r *runContext) error {
	i, err := r.cluster.Installation(ctx)
	if err = cmp.Or(err, i.DeploymentError); err != nil {
		return err
	}
	if i.Deployment == nil {
		return errNotApplicable
	}
	found, err := r.readInjectorVersion(ctx)
	if err != nil {
		return err
	}
	if len(found.Running) == 0 && r.options.Version == "" {
		return errNotApplicable
	}
	return joinLines(judgeVersions(found, r.options.Version, i.Way()))
}

// judgeVersions says how the versions of the injectors differ from their label, and from
// this program's own, "" where it has none.
func judgeVersions(found InjectorVersion, own string, way installed.Way) []string {
	var problems []string
	for _, running := range found.Running {
		if found.Label != asLabel(running) {
			problems = append(problems, fmt.Sprintf("an injector that runs is %s, and its Deployment is labelled %s: it is being rolled out, or its image (image.tag, image.digest) is not that of the chart", running, found.Label))
		}
	}
	for _, version := range found.versions() {
		if own != "" && asLabel(version) != asLabel(own) {
			problems = append(problems, fmt.Sprintf("the injector is %s, and this program is %s: upgrade the older one; the injector with %s", version, own, way.Upgrade()))
		}
	}
	return problems
}

// asLabel is a version as the value of a label.
func asLabel(version string) string { return strings.ReplaceAll(version, "+", "_") }

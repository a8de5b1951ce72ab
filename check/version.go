package check

import (
	"context"
	"fmt"

	"github.com/Masterminds/semver/v3"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

var versionCheck = Check{
	ID: "version", Category: kubernetesCategory, Severity: Error,
	Description: "is running a Kubernetes version that linkerd-gcm works with",
	Means:       "Older API servers have no `matchConditions` for webhooks. Without them, every change of a namespace or ConfigMap would go to the injector.",
	Do:          "Upgrade the cluster.",
	run:         versionIsSupported,
}

func versionIsSupported(ctx context.Context, r *runContext) error {
	running, err := r.cluster.ServerVersion(ctx)
	if err != nil {
		return err
	}
	chart, err := manifests.Chart()
	if err != nil {
		return err
	}
	return judgeVersion(running, chart.Metadata.KubeVersion)
}

func judgeVersion(running, wanted string) error {
	constraint, err := semver.NewConstraint(wanted)
	if err != nil {
		return fmt.Errorf("reading the chart's kubeVersion %q: %w", wanted, err)
	}
	version, err := semver.NewVersion(running)
	if err != nil {
		return inconclusiveError{fmt.Errorf("not checked, since the API server calls its version %q: %w", running, err)}
	}
	if constraint.Check(version) {
		return nil
	}
	return fmt.Errorf("the cluster runs Kubernetes %s, and linkerd-gcm wants %s: upgrade the cluster", running, wanted)
}

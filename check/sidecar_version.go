package check

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
)

var sidecarVersionCheck = Check{
	ID: "sidecar-version", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars were injected by the injector's version",
	Means:       "The injector was upgraded since the pod was created. Its version is read from the record of a pod that is created by dry run or, without the permission to create pods, from its metrics or its image.",
	Do:          "Restart Prometheus when convenient; see [Upgrade](#upgrade).",
	run:         versionsOfSidecarsAgree,
}

func versionsOfSidecarsAgree(ctx context.Context, r *runContext) error {
	looked := false
	err := r.eachRecord(ctx, func(v cluster.VizNamespace, _ *corev1.Pod, record patches.Record) (string, error) {
		running, err := r.injectorVersion(ctx, v)
		if err != nil || running == "" {
			return "", err
		}
		looked = true
		if asLabel(record.Version) == asLabel(running) {
			return "", nil
		}
		return fmt.Sprintf("was injected by version %s, and the injector is %s: run %s when convenient", record.Version, running, restart(v)), nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

// injectorVersion is what the injector writes in the record of a pod today; where no pod
// can be created by dry run, what its metrics say or, at last, the version of its image. It
// is "" where all are unknown.
func (r *runContext) injectorVersion(ctx context.Context, v cluster.VizNamespace) (string, error) {
	if version := r.inRecord(ctx, v); version != "" {
		return version, nil
	}
	i, err := r.cluster.Installation(ctx)
	if err != nil {
		return "", err
	}
	if running := r.inMetrics(ctx, i); len(running) == 1 {
		return running[0], nil
	}
	return i.ImageVersion(), nil
}

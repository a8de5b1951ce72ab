package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
)

var currentCheck = Check{
	ID: "current", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars run with the configuration as it is now",
	Means:       "Annotations or ConfigMaps have changed since the pod was created. Neither Prometheus nor the sidecar reads them again.",
	Do:          "`kubectl -n linkerd-viz rollout restart deployment/prometheus`",
	run:         sidecarsAreCurrent,
}

func sidecarsAreCurrent(ctx context.Context, r *runContext) error {
	return r.eachRecord(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, record patches.Record) (string, error) {
		defaults, err := r.defaultsFor(ctx, v)
		if err != nil {
			return "", err
		}
		decider := inject.Decider{Reader: v.Live, Defaults: defaults}
		c, err := decider.PodConfiguration(ctx, v.Name, v.Annotations, pod)
		if err != nil {
			return "", err
		}
		whole, single, err := c.Hash()
		if err != nil {
			return "", err
		}
		if whole == record.Hash {
			return "", nil
		}
		return fmt.Sprintf("runs with an outdated configuration, since %s: run %s", changed(record.ConfigMaps, single), restart(v)), nil
	})
}

// changed says what differs from the time when the record was made.
func changed(before, after map[string]string) string {
	var names []string
	for name := range maps.Keys(after) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range maps.Keys(before) {
		if _, there := after[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return "the annotations, or the injector's default image, have changed"
	case 1:
		return "ConfigMap " + names[0] + " has changed"
	default:
		return "ConfigMaps " + strings.Join(names, " and ") + " have changed"
	}
}

package check

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var currentCheck = Check{
	ID: "current", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
	Description: "the sidecars run with the configuration as it is now",
	Means:       "Annotations or ConfigMaps have changed since the pod was created. Neither Prometheus nor Google's sidecar reads them again; gcm-exporter reads its configuration file again, and nothing else.",
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
		now := c.Input.Settings
		changes := append(changedSettings(record.Settings, patches.Recorded(now)),
			changedConfigMaps(record.ConfigMaps, single, now)...)
		if len(changes) == 0 {
			changes = []string{"an annotation, or the injector's default image, has changed"}
		}
		return fmt.Sprintf("runs with an outdated configuration: %s; run %s", strings.Join(changes, "; "), restart(v)), nil
	})
}

// changedSettings says which annotations differ from those of a record, and how.
func changedSettings(before, after map[string]string) []string {
	if before == nil { // the record is of a version that did not write them
		return nil
	}
	keys := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(keys)
	var changes []string
	for _, key := range slices.Compact(keys) {
		was, is := valueIn(before, key), valueIn(after, key)
		if was == is {
			continue
		}
		name := settings.Prefix + key
		if name == settings.SidecarImage {
			name = "the sidecar's image" // the injector may have a default
		}
		changes = append(changes, fmt.Sprintf("%s was %s, and is %s now", name, orNotSet(was), orNotSet(is)))
	}
	return changes
}

// valueIn is the value of an annotation in a record, or its default. Records that do not say
// which sidecar are of versions that had only Google's.
func valueIn(recorded map[string]string, key string) string {
	value, given := recorded[key]
	switch {
	case given:
		return value
	case settings.Prefix+key == settings.SidecarName:
		return string(settings.Stackdriver)
	}
	return settings.DefaultOf(key)
}

func orNotSet(value string) string { return cmp.Or(excerpt.Escape(value), "not set") }

// changedConfigMaps says which texts differ from those of a record. A text that the
// settings name no longer, or only now, is the consequence of a changed annotation.
func changedConfigMaps(before, after map[string]string, now settings.Settings) []string {
	var changes []string
	for _, key := range now.TextsUntilRestart() {
		name := key.String()
		was, is := before[name], after[name]
		switch {
		case was == "" && is != "" && now.OptionalRules:
			changes = append(changes, "ConfigMap "+name+" exists now")
		case was == is || was == "":
		case is == "":
			changes = append(changes, "ConfigMap "+name+" does not exist any more")
		default:
			changes = append(changes, "ConfigMap "+name+" has changed")
		}
	}
	return changes
}

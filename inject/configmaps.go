package inject

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// configMaps are the ConfigMaps that settings name and Prometheus' own, by name. One that does not
// exist is nil; one that is not available is missing from the map.
type configMaps map[string]*corev1.ConfigMap

// readConfigMaps reads the ConfigMaps that the settings name, side by side, each once.
func readConfigMaps(ctx context.Context, reader NamespaceReader, namespace string, s settings.Settings) (configMaps, error) {
	return newReads(reader, namespace).configMaps(ctx, configMapNames(s))
}

// AddConfigMaps gives the ConfigMaps that settings name to the linter. It returns the
// keys of those that are not available, as name/key.
func AddConfigMaps(ctx context.Context, reader NamespaceReader, namespace string, in *lint.Input) (unavailable []string, err error) {
	files, err := readConfigMaps(ctx, reader, namespace, in.Settings)
	if err != nil {
		return nil, err
	}
	files.addTo(in, namespace)
	return files.unavailable(in.Settings), nil
}

// addTo gives the ConfigMaps to the linter. Rule files that do not exist and need not are not
// in its settings any more.
func (c configMaps) addTo(in *lint.Input, namespace string) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		in.AddConfigMap(namespace, name, c[name])
	}
	in.AddPrometheusConfig(namespace, lint.DefaultPrometheusConfig, c[lint.DefaultPrometheusConfig.Name])
	in.Settings = in.Settings.WithoutRules(func(key settings.ObjectKey) bool {
		configMap, read := c[key.Name]
		return read && configMap == nil
	})
}

// texts returns what the pod is to mount, for its record.
func (c configMaps) texts(s settings.Settings) patches.ConfigMaps {
	texts := patches.ConfigMaps{}
	for _, key := range s.ConfigMapKeys() {
		if text, exists := lint.TextOf(c[key.Name], key.Key); exists {
			texts[key] = text
		}
	}
	return texts
}

// unavailable returns the keys of ConfigMaps that were not available, as name/key.
func (c configMaps) unavailable(s settings.Settings) []string {
	var missing []string
	for _, key := range s.ConfigMapKeys() {
		if _, read := c[key.Name]; !read && key.Name != "" {
			missing = append(missing, key.String())
		}
	}
	return missing
}

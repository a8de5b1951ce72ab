package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// files are the texts that a pod is to mount.
type files struct {
	texts     patches.ConfigMaps
	problems  []string
	unchecked []string
}

// readFiles reads each ConfigMap that the settings name, once. A missing one is
// the user's mistake and no error: the pod would wait for it forever.
func (d Decider) readFiles(ctx context.Context, namespace string, s settings.Settings) (files, error) {
	f := files{texts: patches.ConfigMaps{}}
	read := map[string]*corev1.ConfigMap{}
	for _, key := range s.ConfigMapKeys() {
		configMap, seen := read[key.Name]
		if !seen {
			var err error
			configMap, err = d.Source.ConfigMap(ctx, namespace, key.Name)
			if errors.Is(err, ErrNotAtHand) {
				f.unchecked = append(f.unchecked, key.String())
				continue
			}
			if err != nil {
				return files{}, fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, key.Name, err)
			}
			read[key.Name] = configMap
		}
		text, problem := textOf(configMap, namespace, key)
		if problem != "" {
			f.problems = append(f.problems, problem)
			continue
		}
		f.texts[key] = text
	}
	return f, nil
}

func textOf(configMap *corev1.ConfigMap, namespace string, key settings.ObjectKey) (text, problem string) {
	if configMap == nil {
		return "", fmt.Sprintf("ConfigMap %s/%s does not exist; create it (linkerd-gcm generate prints one) or name another in the annotations", namespace, key.Name)
	}
	if text, ok := configMap.Data[key.Key]; ok {
		return text, ""
	}
	if binary, ok := configMap.BinaryData[key.Key]; ok {
		return string(binary), ""
	}
	keys := slices.Sorted(maps.Keys(configMap.Data))
	return "", fmt.Sprintf("ConfigMap %s/%s has no key %q, only [%s]; add the key or name another in the annotations",
		namespace, key.Name, key.Key, strings.Join(keys, " "))
}

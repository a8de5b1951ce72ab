package lint

import (
	"cmp"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// FromPod reads from a pod with a sidecar of its own what annotations say of
// others: which rule files Prometheus loads, and which configuration file the
// sidecar reads, as far as ConfigMaps hold them. Selectors are those of its
// command line. It returns false where the pod has no sidecar. The files are still
// to come.
func FromPod(pod Pod) (Input, bool) {
	g := findSidecar(&pod)
	if g == nil {
		return Input{}, false
	}
	s, _ := settings.Parse(nil, nil, settings.Defaults{})
	s.Include, s.RecordingRules, s.SidecarConfig = nil, nil, settings.ObjectKey{}
	s.Sidecar, s.OptionalRules, s.OptionalConfig = cmp.Or(g.Program, settings.Stackdriver), false, false
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.Name != s.PrometheusContainer {
			continue
		}
		for _, mount := range c.VolumeMounts {
			name, inside := strings.CutPrefix(path.Clean(mount.MountPath), viz.RulesDirectory+"/")
			key, found := keyAt(pod.Spec, c, mount.MountPath)
			if inside && viz.IsRuleFile(name) && found && !slices.Contains(s.RecordingRules, key) {
				s.RecordingRules = append(s.RecordingRules, key)
			}
		}
	}
	if file, given := g.first(configFlag); given {
		s.SidecarConfig, _ = keyAt(pod.Spec, g.container, file.Value)
	}
	return Input{Settings: s, Namespace: pod.Object}, true
}

// keyAt returns the key of the ConfigMap that a container has as a file.
func keyAt(pod *corev1.PodSpec, c *corev1.Container, file string) (key settings.ObjectKey, found bool) {
	mount, i := podspec.MountOf(c, file)
	if i < 0 {
		return key, false
	}
	inVolume := podspec.InVolume(mount, file)
	v := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
	if v < 0 || pod.Volumes[v].ConfigMap == nil || inVolume == "" {
		return key, false
	}
	source := pod.Volumes[v].ConfigMap
	key = settings.ObjectKey{Name: source.Name, Key: inVolume}
	for _, item := range source.Items {
		if path.Clean(item.Path) == key.Key {
			key.Key = item.Key
			return key, true
		}
	}
	return key, len(source.Items) == 0
}

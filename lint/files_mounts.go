package lint

import (
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mountOf returns the mount that holds a path, the one with the longest prefix,
// and its place in the list; -1 where there is none.
func mountOf(c *corev1.Container, file string) (corev1.VolumeMount, int) {
	best, at := corev1.VolumeMount{}, -1
	file = path.Clean(file)
	for i, mount := range c.VolumeMounts {
		prefix := path.Clean(mount.MountPath)
		if prefix != file && !strings.HasPrefix(file, strings.TrimSuffix(prefix, "/")+"/") {
			continue
		}
		if at < 0 || len(prefix) > len(path.Clean(best.MountPath)) {
			best, at = mount, i
		}
	}
	return best, at
}

// configKey judges the ConfigMap's key that a volume has under a path.
func (s *subject) configKey(file Text, volume, inVolume string) []Finding {
	i := slices.IndexFunc(s.Pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume })
	if i < 0 || s.Pod.Spec.Volumes[i].ConfigMap == nil {
		return nil
	}
	source := s.Pod.Spec.Volumes[i].ConfigMap
	key := inVolume
	if len(source.Items) > 0 {
		item := slices.IndexFunc(source.Items, func(k corev1.KeyToPath) bool { return path.Clean(k.Path) == inVolume })
		if item < 0 {
			return []Finding{file.whole("volume %q has no file %s: its items name others", volume, shown(inVolume)).fixed("add the key to the volume's items")}
		}
		key = source.Items[item].Key
	}
	judged := s.SidecarConfig
	if judged == nil || judged.Object.Kind != "ConfigMap" || judged.Object.Name == source.Name && judged.Object.Key == key {
		return nil
	}
	return []Finding{file.whole("the sidecar reads key %s of ConfigMap %s, and not key %s of %s, which is checked here", key, source.Name, judged.Object.Key, judged.Object.Name).
		as(Warning).fixed("mount the one that the annotations name, or name this one there")}
}

// place is where a directory of a container lies: two containers that have the
// same place see the same files.
type place struct{ volume, subPath string }

// placeOf returns the place of a directory; false where it is on no volume.
func placeOf(c *corev1.Container, directory string) (place, bool) {
	mount, i := mountOf(c, directory)
	if i < 0 {
		return place{}, false
	}
	below := strings.TrimPrefix(path.Clean(directory), path.Clean(mount.MountPath))
	return place{mount.Name, path.Join(mount.SubPath, mount.SubPathExpr, below)}, true
}

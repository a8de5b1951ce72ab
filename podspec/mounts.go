package podspec

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// MountOf returns the mount of a container that holds a path, the one with the longest
// prefix, and its place in the list; -1 where the path is on no volume.
func MountOf(c *corev1.Container, file string) (mount corev1.VolumeMount, index int) {
	index = -1
	file = path.Clean(file)
	for i, candidate := range c.VolumeMounts {
		prefix := path.Clean(candidate.MountPath)
		if prefix != file && !strings.HasPrefix(file, strings.TrimSuffix(prefix, "/")+"/") {
			continue
		}
		if index < 0 || len(prefix) > len(path.Clean(mount.MountPath)) {
			mount, index = candidate, i
		}
	}
	return mount, index
}

// InVolume returns the path of a file below the volume's root, as far as the mount that
// holds the file says it: its subPath, and what follows its mountPath.
func InVolume(mount corev1.VolumeMount, file string) string {
	below := strings.TrimPrefix(path.Clean(file), path.Clean(mount.MountPath))
	return strings.Trim(path.Join(mount.SubPath, mount.SubPathExpr, below), "/")
}

package patches

import (
	"fmt"
	"path"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/viz"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	// RulesVolume is the volume of the rule files. Where they come from more than
	// one ConfigMap, the volumes are numbered: -1, -2.
	RulesVolume = "gcm-recording-rules"
)

// ruleVolumes returns one volume for each ConfigMap, in the order of their
// first file, with the files that are used of it.
func ruleVolumes(files []settings.ObjectKey) []corev1.Volume {
	var configMaps []string
	keys := map[string][]string{}
	for _, file := range files {
		if _, seen := keys[file.Name]; !seen {
			configMaps = append(configMaps, file.Name)
		}
		keys[file.Name] = append(keys[file.Name], file.Key)
	}
	volumes := make([]corev1.Volume, 0, len(configMaps))
	for i, configMap := range configMaps {
		name := RulesVolume
		if len(configMaps) > 1 {
			name = fmt.Sprintf("%s-%d", RulesVolume, i+1)
		}
		volumes = append(volumes, ConfigMapVolume(name, configMap, keys[configMap]...))
	}
	return volumes
}

// ruleMounts returns one mount for each rule file.
func ruleMounts(files []settings.ObjectKey, volumes []corev1.Volume) []corev1.VolumeMount {
	mounts := make([]corev1.VolumeMount, 0, len(files))
	for _, file := range files {
		holder := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.ConfigMap.Name == file.Name })
		mounts = append(mounts, corev1.VolumeMount{
			Name:      volumes[holder].Name,
			MountPath: path.Join(viz.RulesDirectory, file.Key),
			SubPath:   file.Key,
			ReadOnly:  true,
		})
	}
	return mounts
}

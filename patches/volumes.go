package patches

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	// RulesVolume is the volume of the rule files. Where they come from more than one
	// ConfigMap, the volumes are numbered: -1, -2.
	RulesVolume = "gcm-recording-rules"
	// ConfigVolume is the volume of the sidecar's configuration.
	ConfigVolume = "gcm-sidecar-config"
	// CredentialsVolume is the volume of the service account's key file.
	CredentialsVolume = "gcm-credentials"
)

// Volumes returns the volumes that the sidecar mounts and that the pod does not have
// yet. Each offers one key only: if that is missing, the pod does not start and an
// event names the key, where a subPath alone would mount an empty directory instead.
// gcm-exporter starts without its configuration, and reads it when it appears.
func Volumes(s settings.Settings) []corev1.Volume {
	config := ConfigMapVolume(ConfigVolume, s.SidecarConfig.Name, s.SidecarConfig.Key)
	if s.Sidecar == settings.GCMExporter {
		config.ConfigMap.Optional = ptr.To(true)
	}
	volumes := []corev1.Volume{config}
	if secret := s.CredentialsSecret; secret != nil {
		volumes = append(volumes, corev1.Volume{Name: CredentialsVolume, VolumeSource: corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{
				SecretName: secret.Name,
				Items:      []corev1.KeyToPath{{Key: secret.Key, Path: secret.Key}},
			},
		}})
	}
	return volumes
}

// ruleVolumes returns one volume for each ConfigMap, in the order of their first file,
// with those of its files that are used.
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

// ConfigMapVolume returns a volume of the given keys of a ConfigMap.
func ConfigMapVolume(volume, configMap string, keys ...string) corev1.Volume {
	source := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}
	for _, key := range keys {
		source.Items = append(source.Items, corev1.KeyToPath{Key: key, Path: key})
	}
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{ConfigMap: source}}
}

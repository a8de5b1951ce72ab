package patches

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

const (
	// stackdriverConfigFile is where Google's sidecar has its configuration.
	stackdriverConfigFile = "/etc/sidecar.yml"
	// exporterConfigDirectory is where gcm-exporter has its own: a directory, because the
	// kubelet updates the files of a directory, and not one that is mounted by itself.
	exporterConfigDirectory = "/etc/gcm-exporter"

	credentialsDirectory = "/var/run/secrets/gcm.linkerd.io"
)

// sidecarMounts returns what the sidecar mounts: the volume of the write-ahead log,
// its configuration, and the key file of a service account where there is one.
func sidecarMounts(s settings.Settings, p podspec.Prometheus) []corev1.VolumeMount {
	mounts := []corev1.VolumeMount{
		p.WALMount,
		configMount(s),
	}
	if s.CredentialsSecret != nil {
		mounts = append(mounts, corev1.VolumeMount{Name: CredentialsVolume, MountPath: credentialsDirectory, ReadOnly: true})
	}
	return mounts
}

// configFile returns where the sidecar's configuration is.
func configFile(s settings.Settings) string {
	if s.Sidecar == settings.GCMExporter {
		return path.Join(exporterConfigDirectory, s.SidecarConfig.Key)
	}
	return stackdriverConfigFile
}

func configMount(s settings.Settings) corev1.VolumeMount {
	if s.Sidecar == settings.GCMExporter {
		return corev1.VolumeMount{Name: ConfigVolume, MountPath: exporterConfigDirectory, ReadOnly: true}
	}
	return corev1.VolumeMount{Name: ConfigVolume, MountPath: stackdriverConfigFile, SubPath: s.SidecarConfig.Key, ReadOnly: true}
}

// credentialsFile returns where the key file of a service account is mounted.
func credentialsFile(secret settings.ObjectKey) string {
	return path.Join(credentialsDirectory, secret.Key)
}

// ruleMounts returns what Prometheus mounts: each rule file by itself, so that the
// other files of that directory stay.
func ruleMounts(files []settings.ObjectKey, volumes []corev1.Volume) []corev1.VolumeMount {
	mounts := make([]corev1.VolumeMount, 0, len(files))
	for _, file := range files {
		holder := slices.IndexFunc(volumes, func(v corev1.Volume) bool { return v.ConfigMap.Name == file.Name })
		mounts = append(mounts, corev1.VolumeMount{
			Name:      volumes[holder].Name,
			MountPath: rulePath(file),
			SubPath:   file.Key,
			ReadOnly:  true,
		})
	}
	return mounts
}

// rulePath returns where a rule file is mounted.
func rulePath(file settings.ObjectKey) string { return path.Join(viz.RulesDirectory, file.Key) }

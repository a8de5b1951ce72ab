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
	// ConfigFile is where the sidecar's configuration is mounted.
	ConfigFile = "/etc/sidecar.yml"

	credentialsDirectory = "/var/run/secrets/gcm.linkerd.io"
)

// sidecarMounts returns what the sidecar mounts: the volume of the write-ahead log,
// its configuration, and the key file of a service account where there is one.
func sidecarMounts(s settings.Settings, p podspec.Prometheus) []corev1.VolumeMount {
	mounts := []corev1.VolumeMount{
		p.WALMount,
		{Name: ConfigVolume, MountPath: ConfigFile, SubPath: s.SidecarConfig.Key, ReadOnly: true},
	}
	if s.CredentialsSecret != nil {
		mounts = append(mounts, corev1.VolumeMount{Name: CredentialsVolume, MountPath: credentialsDirectory, ReadOnly: true})
	}
	return mounts
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

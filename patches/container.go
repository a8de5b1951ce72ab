package patches

import (
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	// PortName ends in "admin", so that linkerd-viz' job linkerd-controller
	// scrapes the sidecar, but is not "admin" or "admin-http", so that no Server of
	// linkerd-viz' policies covers it.
	PortName = "gcm-admin"
	// ConfigFile is where the sidecar's configuration is mounted.
	ConfigFile = "/etc/sidecar.yml"
	// ConfigVolume is the volume of the sidecar's configuration.
	ConfigVolume = "gcm-sidecar-config"
	// CredentialsVolume is the volume of the service account's key file.
	CredentialsVolume = "gcm-credentials"

	credentialsDirectory = "/var/run/secrets/gcm.linkerd.io"
)

// Container returns the sidecar's container. It has no readiness probe:
// linkerd-viz must not go down because Google is out of reach.
func Container(s settings.Settings, p podspec.Prometheus) corev1.Container {
	c := corev1.Container{
		Name:            stackdriver.Name,
		Image:           s.SidecarImage,
		ImagePullPolicy: s.SidecarImagePullPolicy,
		Args:            Flags(s, p),
		Ports:           []corev1.ContainerPort{{Name: PortName, ContainerPort: stackdriver.Port, Protocol: corev1.ProtocolTCP}},
		Env:             p.Env,
		Resources:       s.Resources,
		VolumeMounts: []corev1.VolumeMount{
			p.WALMount,
			{Name: ConfigVolume, MountPath: ConfigFile, SubPath: s.SidecarConfig.Key, ReadOnly: true},
		},
		SecurityContext: securityContext(p),
	}
	if secret := s.CredentialsSecret; secret != nil {
		c.Env = append(c.Env, corev1.EnvVar{Name: "GOOGLE_APPLICATION_CREDENTIALS", Value: credentialsFile(*secret)})
		c.VolumeMounts = append(c.VolumeMounts,
			corev1.VolumeMount{Name: CredentialsVolume, MountPath: credentialsDirectory, ReadOnly: true})
	}
	return c
}

// securityContext passes Pod Security "restricted" wherever Prometheus' own does.
func securityContext(p podspec.Prometheus) *corev1.SecurityContext {
	return &corev1.SecurityContext{
		RunAsUser:                ptr.To(p.User),
		RunAsGroup:               ptr.To(p.Group),
		RunAsNonRoot:             ptr.To(p.User != 0),
		AllowPrivilegeEscalation: ptr.To(false),
		ReadOnlyRootFilesystem:   ptr.To(true),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		SELinuxOptions:           p.SELinux,
	}
}

// Volumes returns the volumes that the container mounts and that the pod does
// not have yet. Each offers one key only: a missing one then keeps the pod from
// starting with an event that names it, where a subPath alone would mount an
// empty directory in its place.
func Volumes(s settings.Settings) []corev1.Volume {
	volumes := []corev1.Volume{ConfigMapVolume(ConfigVolume, s.SidecarConfig.Name, s.SidecarConfig.Key)}
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

// ConfigMapVolume returns a volume of the given keys of a ConfigMap.
func ConfigMapVolume(volume, configMap string, keys ...string) corev1.Volume {
	source := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}
	for _, key := range keys {
		source.Items = append(source.Items, corev1.KeyToPath{Key: key, Path: key})
	}
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{ConfigMap: source}}
}

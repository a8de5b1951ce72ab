package patches

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// PortName ends in "admin", so that linkerd-viz' job linkerd-controller scrapes the
// sidecar, but is not "admin" or "admin-http", so that no Server of linkerd-viz'
// policies covers it.
const PortName = "gcm-admin"

// Container returns the sidecar's container. It has no readiness probe: linkerd-viz
// must not stop working because Google cannot be reached.
func Container(s settings.Settings, p podspec.Prometheus) corev1.Container {
	c := corev1.Container{
		Name:            stackdriver.Name,
		Image:           s.SidecarImage,
		ImagePullPolicy: s.SidecarImagePullPolicy,
		Args:            Flags(s, p),
		Ports:           []corev1.ContainerPort{{Name: PortName, ContainerPort: stackdriver.Port, Protocol: corev1.ProtocolTCP}},
		Env:             p.Env,
		Resources:       s.Resources,
		VolumeMounts:    sidecarMounts(s, p),
		SecurityContext: securityContext(p),
	}
	if secret := s.CredentialsSecret; secret != nil {
		c.Env = append(c.Env, corev1.EnvVar{Name: "GOOGLE_APPLICATION_CREDENTIALS", Value: credentialsFile(*secret)})
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

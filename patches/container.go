package patches

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// PortName ends in "admin", so that linkerd-viz' job linkerd-controller scrapes the
// sidecar, but is not "admin" or "admin-http", so that no Server of linkerd-viz'
// policies covers it.
const PortName = "gcm-admin"

// exporterProgram is where gcm-exporter is in its image, which has the injector, too.
const exporterProgram = "/gcm-exporter"

// Container returns the sidecar's container. It has no readiness probe: linkerd-viz
// must not stop working because Google cannot be reached.
func Container(s settings.Settings, p podspec.Prometheus) corev1.Container {
	c := corev1.Container{
		Name:            s.Sidecar.Container(),
		Image:           s.SidecarImage,
		ImagePullPolicy: s.SidecarImagePullPolicy,
		Args:            Flags(s, p),
		Ports:           []corev1.ContainerPort{{Name: PortName, ContainerPort: stackdriver.Port, Protocol: corev1.ProtocolTCP}},
		Env:             p.Env,
		Resources:       s.Resources,
		VolumeMounts:    sidecarMounts(s, p),
		SecurityContext: securityContext(p),
	}
	if s.Sidecar == settings.GCMExporter {
		c.Command = []string{exporterProgram}
		c.LivenessProbe = livenessProbe()
	}
	if secret := s.CredentialsSecret; secret != nil {
		c.Env = append(c.Env, corev1.EnvVar{Name: "GOOGLE_APPLICATION_CREDENTIALS", Value: credentialsFile(*secret)})
	}
	return c
}

// livenessProbe fails only where gcm-exporter has made no progress for minutes although it
// could (exporter/status, /-/healthy), never because Google or Prometheus is away.
func livenessProbe() *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: "/-/healthy", Port: intstr.FromInt32(stackdriver.Port), Scheme: corev1.URISchemeHTTP,
		}},
		InitialDelaySeconds: 30, PeriodSeconds: 30, TimeoutSeconds: 10, SuccessThreshold: 1, FailureThreshold: 4,
	}
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

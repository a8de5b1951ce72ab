package podspec

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// identity returns the uid and gid that Prometheus runs as: the container's,
// else the pod's, else those of its image.
func identity(pod *corev1.PodSpec, c *corev1.Container) (user, group int64) {
	var container corev1.SecurityContext
	if c.SecurityContext != nil {
		container = *c.SecurityContext
	}
	var whole corev1.PodSecurityContext
	if pod.SecurityContext != nil {
		whole = *pod.SecurityContext
	}
	return first(container.RunAsUser, whole.RunAsUser), first(container.RunAsGroup, whole.RunAsGroup)
}

func first(ids ...*int64) int64 {
	for _, id := range ids {
		if id != nil {
			return *id
		}
	}
	return viz.PrometheusUser
}

func seLinux(c *corev1.Container) *corev1.SELinuxOptions {
	if c.SecurityContext == nil {
		return nil
	}
	return c.SecurityContext.SELinuxOptions
}

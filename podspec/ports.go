package podspec

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// A PortClaim is a TCP port that a container says it listens on.
type PortClaim struct {
	// Container is the container's name.
	Container string
	// Field is the claim's path in the pod's spec: containers[1].ports[0].
	Field string
}

// PortClaims returns who claims a TCP port of the pod, other than one container, which may
// be nil. All containers of a pod share its ports.
func PortClaims(pod *corev1.PodSpec, port int32, other *corev1.Container) []PortClaim {
	var claims []PortClaim
	for _, list := range []struct {
		field      string
		containers []corev1.Container
	}{{"initContainers", pod.InitContainers}, {"containers", pod.Containers}} {
		for i := range list.containers {
			c := &list.containers[i]
			if c == other {
				continue
			}
			for j, claimed := range c.Ports {
				if claimed.ContainerPort == port && cmp.Or(claimed.Protocol, corev1.ProtocolTCP) == corev1.ProtocolTCP {
					claims = append(claims, PortClaim{c.Name, fmt.Sprintf("%s[%d].ports[%d]", list.field, i, j)})
				}
			}
		}
	}
	return claims
}

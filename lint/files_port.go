package lint

import (
	"fmt"
	"net"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// checkPort finds others that claim the port at which the sidecar listens.
func checkPort(s *subject) []Finding {
	if s.Pod == nil || s.Pod.Spec == nil {
		return nil
	}
	port := s.sidecarPort()
	var findings []Finding
	if p, found := s.prometheus(); found && p.obstacle == nil {
		if u, err := url.Parse(p.facts.APIAddress); err == nil && u.Port() == strconv.Itoa(int(port)) {
			findings = append(findings, p.whole("container %q listens at port %d, on which the sidecar serves its metrics", p.container.Name, port).
				fixed("move one of the two to another port"))
			return findings
		}
	}
	for _, list := range []struct {
		field      string
		containers []corev1.Container
	}{{"initContainers", s.Pod.Spec.InitContainers}, {"containers", s.Pod.Spec.Containers}} {
		for i := range list.containers {
			c := &list.containers[i]
			if s.sidecar != nil && c == s.sidecar.container {
				continue
			}
			for j, claimed := range c.Ports {
				if claimed.ContainerPort != port || claimed.Protocol == corev1.ProtocolUDP || claimed.Protocol == corev1.ProtocolSCTP {
					continue
				}
				object := s.Pod.Object
				object.Key = fmt.Sprintf("%s.%s[%d].ports[%d]", s.Pod.Path, list.field, i, j)
				findings = append(findings, Text{Object: object}.at(source.Position{}, 0,
					"container %q claims port %d, on which the sidecar serves its metrics", c.Name, port).fixed("move it to another port"))
			}
		}
	}
	return findings
}

// sidecarPort is where the sidecar listens.
func (s *subject) sidecarPort() int32 {
	if s.sidecar == nil {
		return stackdriver.Port
	}
	_, text, err := net.SplitHostPort(s.sidecar.value(listenFlag))
	if err != nil {
		return stackdriver.Port
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return stackdriver.Port
	}
	return int32(port)
}

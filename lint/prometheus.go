package lint

import (
	"cmp"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// prometheus is the pod's Prometheus.
type prometheus struct {
	container *corev1.Container
	// object is the container: its key is the path to it.
	object Object
	// facts are what a sidecar has to know; unsuitable says why they are missing.
	facts      podspec.Prometheus
	unsuitable *podspec.UnsuitablePodError
}

// prometheus returns the pod's Prometheus; false if there is none.
func (c *context) prometheus() (prometheus, bool) {
	if c.Pod == nil || c.Pod.Spec == nil {
		return prometheus{}, false
	}
	name := cmp.Or(c.Settings.PrometheusContainer, viz.PrometheusContainer)
	for i := range c.Pod.Spec.Containers {
		container := &c.Pod.Spec.Containers[i]
		if container.Name != name {
			continue
		}
		p := prometheus{container: container, object: c.Pod.Object}
		p.object.Key = fmt.Sprintf("%s.containers[%d]", c.Pod.Path, i)
		facts, err := podspec.ReadPrometheus(c.Pod.Spec, container)
		p.facts = facts
		errors.As(err, &p.unsuitable)
		return p, true
	}
	return prometheus{}, false
}

// flag returns the value of a flag with its position.
func (p prometheus) flag(name string) (Text, bool) {
	flag, given := podspec.ReadFlags(p.container).Find(name)
	return flagText(p.object, flag), given
}

// atText is a finding about Prometheus' container.
func (p prometheus) atText(format string, args ...any) Finding {
	return Text{Object: p.object}.at(source.Position{}, 0, format, args...)
}

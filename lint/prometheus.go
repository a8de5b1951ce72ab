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
	flags      podspec.Flags
}

// prometheus returns the pod's Prometheus; false if there is none.
func (c *context) prometheus() (p prometheus, found bool) {
	if c.readPrometheus == nil {
		return prometheus{}, false
	}
	return *c.readPrometheus, true
}

// findPrometheus reads the pod's Prometheus; it returns nil if there is none.
func (in Input) findPrometheus() *prometheus {
	if in.Pod == nil || in.Pod.Spec == nil {
		return nil
	}
	name := cmp.Or(in.Settings.PrometheusContainer, viz.PrometheusContainer)
	for i := range in.Pod.Spec.Containers {
		container := &in.Pod.Spec.Containers[i]
		if container.Name != name {
			continue
		}
		p := &prometheus{container: container, object: in.Pod.Object, flags: podspec.PrometheusFlags(container)}
		p.object.Key = fmt.Sprintf("%s.containers[%d]", in.Pod.Path, i)
		facts, err := podspec.ReadPrometheus(in.Pod.Spec, container)
		p.facts = facts
		errors.As(err, &p.unsuitable)
		return p
	}
	return nil
}

// flag returns the value of a flag with its position.
func (p prometheus) flag(name string) (Text, bool) {
	flag, given := p.flags.Find(name)
	return wordText(p.object, flag.Value), given
}

// atCause is a finding about what keeps a sidecar from working beside Prometheus: at the first
// flag of these that is given, or about the container.
func (p prometheus) atCause(flags ...string) Finding {
	for _, name := range flags {
		if text, given := p.flag(name); given {
			return text.atText("%s", p.unsuitable.Message)
		}
	}
	return p.atText("%s", p.unsuitable.Message)
}

// atText is a finding about Prometheus' container.
func (p prometheus) atText(format string, args ...any) Finding {
	return Text{Object: p.object}.at(source.Position{}, 0, format, args...)
}

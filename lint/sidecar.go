package lint

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// existingSidecar is the sidecar that a pod has already, by hand or by injection.
type existingSidecar struct {
	container *corev1.Container
	// object is the container: its key is the path to it.
	object Object
	flags  podspec.Flags
}

func findSidecar(pod *Pod) *existingSidecar {
	if pod == nil || pod.Spec == nil {
		return nil
	}
	container := stackdriver.Find(pod.Spec)
	if container == nil {
		return nil
	}
	g := &existingSidecar{container: container, object: pod.Object, flags: podspec.ReadFlags(container)}
	for list, containers := range map[string][]corev1.Container{"containers": pod.Spec.Containers, "initContainers": pod.Spec.InitContainers} {
		for i := range containers {
			if &containers[i] == container {
				g.object.Key = fmt.Sprintf("%s.%s[%d]", pod.Path, list, i)
			}
		}
	}
	return g
}

// text is the value of a flag with its position.
func (g *existingSidecar) text(flag podspec.Flag) Text { return flagText(g.object, flag) }

// flagText is the value of a flag of a container with its position.
func flagText(container Object, flag podspec.Flag) Text {
	container.Key += "." + flag.Field
	return Text{flag.Value, container, source.Position{Line: 1, Column: flag.Column}}
}

// value returns the value of a flag, "" where it is not given.
func (g *existingSidecar) value(name string) string { return g.flags.Value(name) }

// first is the first value of a flag.
func (g *existingSidecar) first(name string) (Text, bool) {
	texts := g.texts(name)
	if len(texts) == 0 {
		return Text{}, false
	}
	return texts[0], true
}

// texts returns the values of a flag that may be repeated.
func (g *existingSidecar) texts(name string) []Text {
	var texts []Text
	for _, flag := range g.flags {
		if flag.Name == name {
			texts = append(texts, g.text(flag))
		}
	}
	return texts
}

// selectors returns what the sidecar is told to select. All --filter flags are
// together one selector (stackdriver-prometheus-sidecar,
// cmd/stackdriver-prometheus-sidecar/main.go, parseFiltersets). The result is
// never nil.
func (g *existingSidecar) selectors() []Text {
	selectors := append([]Text{}, g.texts(stackdriver.IncludeFlag)...)
	filters := g.texts(stackdriver.FilterFlag)
	if len(filters) == 0 {
		return selectors
	}
	var matchers []string
	for _, filter := range filters {
		matchers = append(matchers, filter.Value)
	}
	whole := filters[0]
	whole.Value = "{" + strings.Join(matchers, ",") + "}"
	whole.Position.Column--
	return append(selectors, whole)
}

// atText is a finding about the sidecar's container.
func (g *existingSidecar) atText(format string, args ...any) Finding {
	return Text{Object: g.object}.at(source.Position{}, 0, format, args...)
}

// field is a finding at a field of the sidecar's container.
func (g *existingSidecar) field(path, format string, args ...any) Finding {
	object := g.object
	object.Key += "." + path
	return Text{Object: object}.at(source.Position{}, 0, format, args...)
}

// flagsReadable reports whether there is a sidecar whose whole command line is
// known: what a shell makes of its script is not.
func (c *context) flagsReadable() bool {
	if c.sidecar == nil {
		return false
	}
	container := c.sidecar.container
	return !slices.Contains(slices.Concat(container.Command, container.Args), "-c")
}

// ofKubelet reports whether a value is known only where the kubelet expands it.
func ofKubelet(value string) bool { return strings.Contains(value, "$(") }

package lint

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// givenSidecar is the sidecar that a pod has already, by hand or by injection.
type givenSidecar struct {
	container *corev1.Container
	// object is the container: its key is the path to it.
	object Object
	flags  []stackdriver.GivenFlag
}

func givenSidecarOf(pod *Pod) *givenSidecar {
	if pod == nil || pod.Spec == nil {
		return nil
	}
	container := stackdriver.Find(pod.Spec)
	if container == nil {
		return nil
	}
	g := &givenSidecar{container: container, object: pod.Object, flags: stackdriver.GivenFlags(container)}
	for list, containers := range map[string][]corev1.Container{"containers": pod.Spec.Containers, "initContainers": pod.Spec.InitContainers} {
		for i := range containers {
			if &containers[i] == container {
				g.object.Key = fmt.Sprintf("%s.%s[%d]", pod.Path, list, i)
			}
		}
	}
	return g
}

// text is the value of a flag, where it stands.
func (g *givenSidecar) text(flag stackdriver.GivenFlag) Text {
	object := g.object
	object.Key += "." + flag.Field
	return Text{flag.Value, object, 1, flag.Column}
}

// value returns the value of a flag, "" where it is not given.
func (g *givenSidecar) value(name string) string {
	i := slices.IndexFunc(g.flags, func(f stackdriver.GivenFlag) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return g.flags[i].Value
}

// texts returns the values of a flag that may be repeated.
func (g *givenSidecar) texts(name string) []Text {
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
func (g *givenSidecar) selectors() []Text {
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
	whole.Column--
	return append(selectors, whole)
}

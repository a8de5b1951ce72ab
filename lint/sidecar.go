package lint

import (
	"cmp"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// existingSidecar is the sidecar that a pod has already, by hand or by injection.
type existingSidecar struct {
	sidecars.Sidecar
	container *corev1.Container
	// object is the container: its key is the path to it.
	object    Object
	arguments stackdriver.Arguments
	// unread says why not all flags are known, "" where they are.
	unread string
	// others are further sidecars of the pod.
	others []sidecars.Sidecar
}

func findSidecar(pod *Pod) *existingSidecar {
	if pod == nil || pod.Spec == nil {
		return nil
	}
	all := sidecars.FindAll(pod.Spec)
	if len(all) == 0 {
		return nil
	}
	g := &existingSidecar{Sidecar: all[0], container: all[0].Container, object: pod.Object, others: all[1:]}
	g.object.Key = pod.Path + "." + g.Field
	var more []stackdriver.Flag
	if g.Program == settings.GCMExporter {
		more = ExporterFlags
	}
	g.arguments = stackdriver.ParseArguments(g.Args, more...)
	g.unread = cmp.Or(g.Unread, g.arguments.Unread)
	return g
}

// wordText is a word of a container's command line with its position.
func wordText(container Object, word podspec.Word) Text {
	container.Key += "." + word.Field
	return Text{Value: word.Text, Object: container, Position: word.Position, Rewritten: word.Rewritten, Unknown: word.Unknown}
}

// value returns the value of a flag, "" where it is not given.
func (g *existingSidecar) value(name string) string { return g.arguments.Flags.Value(name) }

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
	for _, flag := range g.arguments.Flags {
		if flag.Name == name {
			texts = append(texts, wordText(g.object, flag.Value))
		}
	}
	return texts
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

// flagsReadable reports whether there is a sidecar whose whole command line is known. Only
// then is it known which flags it does not have.
func (c *context) flagsReadable() bool { return c.sidecar != nil && c.sidecar.unread == "" }

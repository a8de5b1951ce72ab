package lint

import (
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Input is what is checked. What is absent is not checked.
type Input struct {
	// Settings and Problems are what settings.Parse returned.
	Settings settings.Settings
	Problems []settings.Diagnostic
	// Namespace is the object whose annotations Settings were read from, and
	// Overlay the one, if any, whose annotations came before them.
	Namespace, Overlay Object
	// Include are the selectors, each with its position.
	Include []Text
	// IncludeAssumed says that the selectors are a guess: what they do not match may be
	// exported all the same, and is checked.
	IncludeAssumed bool
	// SidecarImage is the image of the sidecar that is to be injected, and Location what
	// the annotation of that name says.
	SidecarImage, Location Text
	// MetricsPrefix is what the annotation of that name says.
	MetricsPrefix Text
	// RuleFiles are the recording rules that Prometheus loads.
	RuleFiles []Text
	// SidecarConfig is the sidecar's configuration file; nil if it is not given.
	SidecarConfig *Text
	// NoSidecarConfig says that there is no such file, where the sidecar needs none.
	NoSidecarConfig bool
	// Missing are ConfigMaps or keys of them that are asked for but do not exist.
	Missing []Missing
	// Renamed are ConfigMaps and Secrets that have another name than the settings say.
	Renamed []Renamed
	// Pod is the pod, before or after injection; nil if it is not given.
	Pod *Pod
	// PrometheusConfig is Prometheus' own configuration; nil if it is not at hand, and is
	// assumed to be that of linkerd-viz' charts.
	PrometheusConfig *PrometheusConfig
	// UnreadablePrometheusConfig is one that is at hand and cannot be read; nil where it can.
	UnreadablePrometheusConfig *UnreadableConfig
	// NoPrometheus is the value by which linkerd-viz runs without a Prometheus, and
	// OtherPrometheus the address of the one that it reads instead; nil and "" where it runs
	// with one.
	NoPrometheus    *Text
	OtherPrometheus string
	// RulesComplete says that RuleFiles are all that Prometheus loads, so that a name
	// which none of them records is recorded nowhere.
	RulesComplete bool
	// Memory makes reading texts quicker that other inputs had, too; it may be nil.
	Memory *Memory
}

// Files are all files of the input: the rules, then the sidecar's configuration.
func (in Input) Files() []Text {
	files := slices.Clone(in.RuleFiles)
	if in.SidecarConfig != nil {
		files = append(files, *in.SidecarConfig)
	}
	return files
}

// Text is a text and its position in an object.
type Text struct {
	Value  string
	Object Object
	// Position is where the text begins in the value of the object's key. Selectors of
	// the annotation follow each other line by line. It is zero for a default.
	Position source.Position
	// Rewritten says that a shell makes the value of other characters than stand there:
	// findings are at its beginning.
	Rewritten bool
	// Unknown says that the kubelet or a shell replaces a part of the value.
	Unknown bool
}

// Missing is something that settings name and that does not exist.
type Missing struct {
	Object Object
	// Keys are the keys that the ConfigMap has instead; nil where there is no
	// ConfigMap.
	Keys []string
}

// Renamed is a ConfigMap or a Secret whose name kustomize has changed.
type Renamed struct {
	Object Object
	// Wanted is the name that the settings say.
	Wanted string
}

// Pod is a pod, or a workload's template of one.
type Pod struct {
	Object Object
	// Path leads from the object to the pod's spec: "spec" for a pod,
	// "spec.template.spec" for a Deployment.
	Path string
	Spec *corev1.PodSpec
}

// Annotated is an object with annotations: a namespace, a pod, or a workload
// whose template has them.
type Annotated struct {
	Object      Object
	Annotations map[string]string
}

// FromAnnotations reads annotations into the parts of an Input that follow from
// them alone; the pod's overlay the namespace's. Files and pod are still to come.
func FromAnnotations(namespace, pod Annotated, defaults settings.Defaults) Input {
	s, problems := settings.Parse(namespace.Annotations, pod.Annotations, defaults)
	return FromSettings(namespace, pod, s, problems)
}

// FromSettings does what FromAnnotations does, with what settings.Parse has returned for
// these annotations.
func FromSettings(namespace, pod Annotated, s settings.Settings, problems []settings.Diagnostic) Input {
	in := Input{
		Settings: s, Problems: problems, Namespace: namespace.Object, Overlay: pod.Object,
		SidecarImage:  lookup(settings.SidecarImage, s.SidecarImage, namespace, pod),
		Location:      lookup(settings.Location, "", namespace, pod),
		MetricsPrefix: lookup(settings.MetricsPrefix, "", namespace, pod),
	}
	include := lookup(settings.Include, "", namespace, pod)
	if include.Position.Line > 0 {
		in.Include = Selectors(include.Object, include.Value)
		return in
	}
	for _, selector := range s.Include {
		in.Include = append(in.Include, Text{Value: selector, Object: namespace.Object})
	}
	return in
}

// AssumeInclude adds the selector that holds where none is given, as a guess.
func (in *Input) AssumeInclude() {
	in.IncludeAssumed = true
	if len(in.Include) == 0 {
		in.Include = []Text{{Value: settings.DefaultInclude, Object: in.Namespace}}
	}
}

// lookup returns the value of an annotation with its position, the pod's before
// the namespace's, or the default, which has no position.
func lookup(key, byDefault string, namespace, pod Annotated) Text {
	for _, from := range []Annotated{pod, namespace} {
		if value, given := from.Annotations[key]; given {
			object := from.Object
			object.Key = key
			return Text{Value: value, Object: object, Position: source.Start}
		}
	}
	return Text{Value: byDefault, Object: namespace.Object}
}

// Selectors splits the value of the annotation include into its selectors, each
// with its position. The result is never nil: an empty list is not the same as an unknown one.
func Selectors(object Object, value string) []Text {
	selectors := []Text{}
	for number, line := range settings.SelectorLines(value) {
		indented := strings.TrimRight(line, " \t\r\n")
		selector := strings.TrimSpace(indented)
		column := utf8.RuneCountInString(indented) - utf8.RuneCountInString(selector) + 1
		selectors = append(selectors, Text{Value: selector, Object: object, Position: source.Position{Line: number, Column: column}})
	}
	return selectors
}

// AddConfigMap adds the keys of one ConfigMap that the settings name. A nil
// ConfigMap is one that does not exist; one that could not be read is not added. One with
// another name of its own is what kustomize made of the ConfigMap.
func (in *Input) AddConfigMap(namespace, name string, configMap *corev1.ConfigMap) {
	own := name
	if configMap != nil && configMap.Name != "" {
		own = configMap.Name
	}
	if own != name {
		in.Renamed = append(in.Renamed, Renamed{Object{Kind: "ConfigMap", Namespace: namespace, Name: own}, name})
	}
	for i, key := range in.Settings.ConfigMapKeys() {
		if key.Name != name {
			continue
		}
		isRules := i < len(in.Settings.RecordingRules)
		switch {
		case configMap == nil && isRules && in.Settings.OptionalRules:
			// It need not exist.
		case configMap == nil && !isRules && in.Settings.OptionalConfig:
			in.NoSidecarConfig = true
		default:
			in.addKey(Object{Kind: "ConfigMap", Namespace: namespace, Name: own, Key: key.Key}, configMap, isRules)
		}
	}
}

// addKey adds one key of a ConfigMap: of the recording rules, or of the sidecar's configuration.
func (in *Input) addKey(object Object, configMap *corev1.ConfigMap, isRules bool) {
	value, exists := TextOf(configMap, object.Key)
	text := Text{Value: value, Object: object, Position: source.Start}
	switch {
	case !exists && isRules && !viz.IsRuleFile(object.Key):
		// It would not be loaded if it were there, which is said already.
	case !exists:
		in.Missing = append(in.Missing, Missing{object, KeysOf(configMap)})
	case isRules:
		in.RuleFiles = append(in.RuleFiles, text)
	default:
		in.SidecarConfig = &text
	}
}

// SetPod adds the pod. With it and all rule files of the settings it is known
// whether Prometheus loads any others.
func (in *Input) SetPod(pod Pod) {
	in.Pod = &pod
	if key, mounted := PrometheusConfigKey(pod); mounted && in.PrometheusConfig != nil && !in.PrometheusConfig.isOf(key) {
		in.PrometheusConfig = nil
	}
	in.RulesComplete = len(in.Problems) == 0 && len(in.RuleFiles) == len(in.Settings.RecordingRules) && !mountsOtherRules(pod.Spec, in.Settings)
}

// mountsOtherRules reports whether Prometheus loads rule files that the settings
// don't name: its configuration in linkerd-viz names two patterns of paths
// (viz/charts/linkerd-viz/templates/prometheus.yaml).
func mountsOtherRules(pod *corev1.PodSpec, s settings.Settings) bool {
	for _, container := range pod.Containers {
		if container.Name != s.PrometheusContainer {
			continue
		}
		for _, mount := range container.VolumeMounts {
			mounted := path.Clean(mount.MountPath)
			name, inside := strings.CutPrefix(mounted, viz.RulesDirectory+"/")
			known := slices.ContainsFunc(s.RecordingRules, func(k settings.ObjectKey) bool { return k.Key == name })
			if mounted == viz.RulesDirectory || inside && viz.IsRuleFile(name) && !known {
				return true
			}
		}
	}
	return false
}

// TextOf returns the text of a ConfigMap's key as a volume would hold it.
func TextOf(configMap *corev1.ConfigMap, key string) (text string, exists bool) {
	if configMap == nil {
		return "", false
	}
	if text, exists = configMap.Data[key]; exists {
		return text, true
	}
	binary, exists := configMap.BinaryData[key]
	return string(binary), exists
}

// KeysOf returns the keys of a ConfigMap, sorted; nil if there is no ConfigMap.
func KeysOf(configMap *corev1.ConfigMap) []string {
	if configMap == nil {
		return nil
	}
	keys := slices.AppendSeq(make([]string, 0, len(configMap.Data)), maps.Keys(configMap.Data))
	keys = slices.AppendSeq(keys, maps.Keys(configMap.BinaryData))
	slices.Sort(keys)
	return keys
}

package offline

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/viz"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
)

// Workload is a pod of linkerd-viz' Prometheus, or an object that makes such pods.
type Workload struct {
	// Place says where the object is: the file, the line, the kind, the namespace
	// and the name.
	Place string
	// Namespace is the namespace of the pod.
	Namespace string
	// NamespaceKnown says whether the input has that Namespace.
	NamespaceKnown bool

	object positioned
	// template is the JSON pointer to the pod in its object.
	template string
}

// templates are JSON pointers to the pod in the objects that have one elsewhere than at
// specTemplate.
var templates = map[schema.GroupKind]string{
	{Kind: "Namespace"}:               "", // which has the annotations of pods
	{Kind: "Pod"}:                     "",
	{Kind: "PodTemplate"}:             "/template",
	{Group: "batch", Kind: "CronJob"}: "/spec/jobTemplate/spec/template",
}

// specTemplate is where Deployments, StatefulSets, Jobs and the workloads of many others
// have their pod: Rollouts of Argo, CloneSets of OpenKruise.
const specTemplate = "/spec/template"

// templateOf returns the JSON pointer to the pod in an object of a kind.
func templateOf(kind schema.GroupKind) string {
	if template, known := templates[kind]; known {
		return template
	}
	return specTemplate
}

// podOf returns the pod in an object, and the JSON pointer to it there; nil where the
// object does not make pods of linkerd-viz' Prometheus.
func podOf(object manifest.Object) (pod *corev1.Pod, template string, err error) {
	template = templateOf(object.GroupVersionKind().GroupKind())
	value := object.Object
	if template != "" {
		value, _, _ = unstructured.NestedMap(value, strings.Split(template, "/")[1:]...)
	}
	if _, builtIn := builtInGroups[object.GroupVersionKind().Group]; !isPrometheus(value) || !builtIn && !hasContainers(value) {
		return nil, "", nil
	}
	pod = &corev1.Pod{}
	if err := decode(value, pod); err != nil {
		return nil, "", fmt.Errorf("reading its pod: %w", err)
	}
	return pod, template, nil
}

// isPrometheus reports whether a value has the labels of linkerd-viz' Prometheus.
func isPrometheus(value map[string]any) bool {
	pod := &corev1.Pod{}
	pod.Labels = (&unstructured.Unstructured{Object: value}).GetLabels()
	return viz.IsPrometheus(pod)
}

// builtInGroups are those of Kubernetes' own workloads, in which a pod without containers is
// a mistake; elsewhere it is something else.
var builtInGroups = map[string]struct{}{"": {}, "apps": {}, "batch": {}}

func hasContainers(value map[string]any) bool {
	spec, _ := value["spec"].(map[string]any)
	_, isList := spec["containers"].([]any)
	return isList
}

// unknownPod returns the JSON pointer to a pod of linkerd-viz' Prometheus that is where
// no kind that is known has one; false where there is none.
func unknownPod(object manifest.Object) (pointer string, found bool) {
	return podIn(object.Object, "", templateOf(object.GroupVersionKind().GroupKind()))
}

func podIn(value any, pointer, known string) (found string, ok bool) {
	switch value := value.(type) {
	case map[string]any:
		if pointer == known && isPrometheus(value) {
			return "", false
		}
		if hasContainers(value) && isPrometheus(value) {
			return pointer, true
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if found, ok := podIn(value[key], pointer+"/"+jsonpointer.Escape(key), known); ok {
				return found, true
			}
		}
	case []any:
		for i, element := range value {
			if found, ok := podIn(element, pointer+"/"+strconv.Itoa(i), known); ok {
				return found, true
			}
		}
	}
	return "", false
}

// decode reads a value into a type of package k8s.io/api.
func decode(value map[string]any, into any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, into)
}

// ObjectPatch returns the JSON patch of the whole object.
func (v Verdict) ObjectPatch() []jsonpatch.Operation {
	return within(v.template, v.Operations)
}

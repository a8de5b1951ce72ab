package offline

import (
	"fmt"
	"strings"

	"gomodules.xyz/jsonpatch/v2"

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

// templates has the JSON pointer to the pod for each kind.
var templates = map[schema.GroupKind]string{
	{Kind: "Pod"}:                        "",
	{Kind: "PodTemplate"}:                "/template",
	{Kind: "ReplicationController"}:      "/spec/template",
	{Group: "apps", Kind: "Deployment"}:  "/spec/template",
	{Group: "apps", Kind: "StatefulSet"}: "/spec/template",
	{Group: "apps", Kind: "DaemonSet"}:   "/spec/template",
	{Group: "apps", Kind: "ReplicaSet"}:  "/spec/template",
	{Group: "batch", Kind: "Job"}:        "/spec/template",
	{Group: "batch", Kind: "CronJob"}:    "/spec/jobTemplate/spec/template",
}

// podOf returns the pod that an object is or makes, and where it is in the object. It is
// nil where there is no pod, or where its labels are not those of linkerd-viz' Prometheus:
// other objects may even be invalid.
func podOf(object manifest.Object) (pod *corev1.Pod, template string, err error) {
	template, known := templates[object.GroupVersionKind().GroupKind()]
	if !known {
		return nil, "", nil
	}
	value := object.Object
	if template != "" {
		value, _, _ = unstructured.NestedMap(value, strings.Split(template, "/")[1:]...)
	}
	labels := (&unstructured.Unstructured{Object: value}).GetLabels()
	pod = &corev1.Pod{}
	if pod.Labels = labels; !viz.IsPrometheus(pod) {
		return nil, "", nil
	}
	if err := decode(value, pod); err != nil {
		return nil, "", fmt.Errorf("reading its pod: %w", err)
	}
	return pod, template, nil
}

// decode reads a value as the API server would.
func decode(value map[string]any, into any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, into)
}

// ObjectPatch returns the JSON patch of the workload's object.
func (v Verdict) ObjectPatch() []jsonpatch.Operation {
	return within(v.template, v.Operations)
}

package webhook

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
)

// Configuration is what a pod of Prometheus is decided by: the annotations, and
// the ConfigMaps that they name.
type Configuration struct {
	// Input is what the linter judges.
	Input lint.Input

	files configMaps
}

// Configuration reads the configuration of a pod, or of a namespace where the pod
// is nil, from its namespace's annotations and its own. An error means that a
// ConfigMap could not be read.
func (d Decider) Configuration(ctx context.Context, namespace string, annotations map[string]string, pod *corev1.Pod) (Configuration, error) {
	of := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: namespace}, Annotations: annotations}
	var overlay lint.Annotated
	if pod != nil {
		overlay = lint.Annotated{Object: lint.Object{Kind: "Pod", Namespace: namespace, Name: podName(pod)}, Annotations: pod.Annotations}
	}
	c := Configuration{Input: lint.FromAnnotations(of, overlay, d.Defaults)}
	var err error
	if c.files, err = readConfigMaps(ctx, d.Source, namespace, c.Input.Settings); err != nil {
		return Configuration{}, err
	}
	c.files.addTo(&c.Input, namespace)
	if pod != nil {
		c.Input.SetPod(lint.Pod{Object: overlay.Object, Path: "spec", Spec: &pod.Spec})
	}
	return c, nil
}

// Hash returns the hashes that the record of a pod injected now would hold, as
// patches.Hash does.
func (c Configuration) Hash() (whole string, single map[string]string, err error) {
	return patches.Hash(c.Input.Settings, c.files.texts(c.Input.Settings))
}

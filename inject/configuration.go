package inject

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
)

// PodConfiguration is what Prometheus' pod is decided by: the annotations, and the
// ConfigMaps that they name.
type PodConfiguration struct {
	// Input is what the linter checks.
	Input lint.Input

	files configMaps
}

// PodConfiguration reads the ConfigMaps that the annotations of a namespace and of its
// pod name. The pod may be nil. An error means that a ConfigMap could not be read.
func (d Decider) PodConfiguration(ctx context.Context, namespace string, annotations map[string]string, pod *corev1.Pod) (PodConfiguration, error) {
	of := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: namespace}, Annotations: annotations}
	var overlay lint.Annotated
	if pod != nil {
		overlay = lint.Annotated{Object: lint.Object{Kind: "Pod", Namespace: namespace, Name: PodName(pod)}, Annotations: pod.Annotations}
	}
	c := PodConfiguration{Input: lint.FromAnnotations(of, overlay, d.Defaults)}
	var err error
	if c.files, err = readConfigMaps(ctx, d.Reader, namespace, c.Input.Settings); err != nil {
		return PodConfiguration{}, err
	}
	c.files.addTo(&c.Input, namespace)
	if pod != nil {
		c.Input.SetPod(lint.Pod{Object: overlay.Object, Path: "spec", Spec: &pod.Spec})
	}
	return c, nil
}

// Hash returns the hashes that the record of a pod injected now would hold, as
// patches.Hash does.
func (c PodConfiguration) Hash() (whole string, single map[string]string, err error) {
	return patches.Hash(c.Input.Settings, c.files.texts(c.Input.Settings))
}

// PodName returns the name of a pod, or the beginning of the name that it will get.
func PodName(pod *corev1.Pod) string {
	if pod.Name != "" {
		return pod.Name
	}
	return pod.GenerateName + "*"
}

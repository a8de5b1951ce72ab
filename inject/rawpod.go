package inject

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
)

// RawPod is a pod as the API server sends it. Its metadata is decoded; its spec is
// where a decision needs it, and nothing else of it matters.
type RawPod struct {
	// Metadata is all that is known of a pod with other fields left out.
	Metadata corev1.Pod

	spec    []byte
	decoded *corev1.Pod
}

// DecodePod decodes the metadata of a pod in JSON. It returns an UndecodableError where
// the object is not a pod.
func DecodePod(raw []byte) (*RawPod, error) {
	var parts struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              json.RawMessage `json:"spec"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &parts); err != nil {
		return nil, UndecodableError{Err: fmt.Errorf("decoding the pod: %w", err)}
	}
	if parts.Kind != "" && parts.Kind != "Pod" || parts.APIVersion != "" && parts.APIVersion != "v1" {
		return nil, UndecodableError{Err: fmt.Errorf("decoding the pod: the object is a %q of version %q", parts.Kind, parts.APIVersion)}
	}
	return &RawPod{Metadata: corev1.Pod{TypeMeta: parts.TypeMeta, ObjectMeta: parts.ObjectMeta}, spec: parts.Spec}, nil
}

// WholePod returns a RawPod of a pod that is decoded already.
func WholePod(pod *corev1.Pod) *RawPod {
	return &RawPod{Metadata: corev1.Pod{TypeMeta: pod.TypeMeta, ObjectMeta: pod.ObjectMeta}, decoded: pod}
}

// pod returns the pod with its spec. The spec is decoded from the very text that a
// question hashes: in a text with two specs, the decoder would make one of both.
func (p *RawPod) pod() (*corev1.Pod, error) {
	if p.decoded == nil {
		pod := p.Metadata // Nobody changes its maps.
		if len(p.spec) > 0 {
			if err := kjson.UnmarshalCaseSensitivePreserveInts(p.spec, &pod.Spec); err != nil {
				return nil, UndecodableError{Err: fmt.Errorf("decoding the pod: %w", err)}
			}
		}
		p.decoded = &pod
	}
	return p.decoded, nil
}

// UndecodableError says that a request does not hold the expected object.
type UndecodableError struct {
	// Err says what is wrong with it.
	Err error
}

// Error returns what is wrong with the object.
func (e UndecodableError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with the object.
func (e UndecodableError) Unwrap() error { return e.Err }

package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// DecidePod decides about a pod of a namespace. An error means that the namespace or a
// ConfigMap could not be read; it never means that the user made a mistake.
func (d Decider) DecidePod(ctx context.Context, namespace string, pod *corev1.Pod) (Decision, error) {
	if !viz.IsPrometheus(pod) {
		return Decision{Outcome: Skipped, Reason: NotPrometheus}, nil
	}
	present := stackdriver.Find(&pod.Spec) != nil
	if _, recorded := pod.Annotations[settings.Status]; present && recorded {
		return Decision{Outcome: Skipped, Reason: AlreadyInjected}, nil
	}
	annotations, err := d.Reader.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	if !Requested(annotations, pod.Annotations) {
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	}
	if present {
		return Decision{Outcome: Skipped, Reason: SidecarPresent}, nil
	}
	c, err := d.PodConfiguration(ctx, namespace, annotations, pod)
	if err != nil {
		return Decision{}, err
	}
	return d.inject(pod, c.Input, c.files)
}

// inject checks all that goes into the pod, and injects it where nothing is wrong.
func (d Decider) inject(pod *corev1.Pod, in lint.Input, files configMaps) (Decision, error) {
	findings := lint.Check(in).Findings
	problems := sentences(findings, lint.Error)
	decision := Decision{Warnings: sentences(findings, lint.Warning)}
	if len(in.Problems) > 0 {
		return decision.rejected(in.Settings, InvalidSettings, problems), nil
	}
	injection, err := patches.Inject(pod, in.Settings, files.texts(in.Settings), d.Version)
	var unsuitable *patches.UnsuitablePodError
	switch {
	case errors.As(err, &unsuitable):
		return decision.rejected(in.Settings, Reason(unsuitable.Reason), including(unsuitable.Message, problems)), nil
	case err != nil:
		return Decision{}, err
	case len(problems) > 0:
		return decision.rejected(in.Settings, InvalidConfiguration, problems), nil
	}
	decision.Outcome, decision.Reason, decision.Unchecked = Injected, Complete, files.unavailable(in.Settings)
	decision.Operations, decision.Record = injection.Operations, injection.Record
	return decision, nil
}

// including puts a message before the problems, unless one of them says the same.
func including(message string, problems []string) []string {
	if slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, message) }) {
		return problems
	}
	return append([]string{message}, problems...)
}

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

package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// DecidePod decides about a pod of a namespace. An error means that the namespace or a
// ConfigMap could not be read; it never means that the user made a mistake.
func (d Decider) DecidePod(ctx context.Context, namespace string, pod *corev1.Pod) (Decision, error) {
	return d.DecideRawPod(ctx, namespace, WholePod(pod))
}

// DecideRawPod decides as DecidePod does. It decodes no more of the pod than it needs,
// and returns an UndecodableError where that is not a pod.
func (d Decider) DecideRawPod(ctx context.Context, namespace string, p *RawPod) (Decision, error) {
	// A mirror pod stands for a static pod, which a kubelet runs as it is. To ask about it in
	// the webhook's matchConditions would cost the API server more than this.
	_, mirror := p.Metadata.Annotations[corev1.MirrorPodAnnotationKey]
	if mirror || !viz.IsPrometheus(&p.Metadata) {
		return Decision{Outcome: Skipped, Reason: NotPrometheus}, nil
	}
	if _, recorded := p.Metadata.Annotations[settings.Status]; recorded {
		pod, err := p.pod()
		if err != nil {
			return Decision{}, err
		}
		if sidecars.Find(&pod.Spec) != nil {
			return Decision{Outcome: Skipped, Reason: AlreadyInjected}, nil
		}
	}
	reads := newReads(d.Reader, namespace)
	reads.start(ctx, d.Memory.lastNames(namespace)...)
	annotations, err := d.Reader.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	if !Requested(annotations, p.Metadata.Annotations) {
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	}
	q := d.ask(p, annotations)
	s, problems := d.Memory.settings(q, func() (settings.Settings, []settings.Diagnostic) {
		return settings.Parse(annotations, p.Metadata.Annotations, d.Defaults)
	})
	names := configMapNames(s)
	d.Memory.asked(namespace, names)
	files, readErr := reads.configMaps(ctx, names)
	decide := func() (Decision, error) {
		pod, err := p.pod()
		switch {
		case err != nil:
			return Decision{}, err
		case sidecars.Find(&pod.Spec) != nil:
			return Decision{Outcome: Skipped, Reason: SidecarPresent}, nil
		case readErr != nil:
			return Decision{}, readErr
		}
		in := d.inputOf(namespace, annotations, pod, s, problems)
		return d.inject(configurationOf(in, files, namespace, pod), pod)
	}
	if readErr != nil {
		return decide()
	}
	q.add(p, namespace, files)
	return d.Memory.decision(q, decide)
}

// inject checks all that goes into the pod, and injects it where nothing is wrong.
func (d Decider) inject(c PodConfiguration, pod *corev1.Pod) (Decision, error) {
	in, files := c.Input, c.files
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
	decision.Outcome, decision.Reason = Injected, Complete
	decision.Unchecked, decision.Unmounted = files.unavailable(in.Settings), c.unmounted
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
	// unmounted are the rule files that are not available and need not exist, as name/key.
	unmounted []string
}

// PodConfiguration reads the ConfigMaps that the annotations of a namespace and of its
// pod name. The pod may be nil. An error means that a ConfigMap could not be read.
func (d Decider) PodConfiguration(ctx context.Context, namespace string, annotations map[string]string, pod *corev1.Pod) (PodConfiguration, error) {
	in := d.input(namespace, annotations, pod)
	files, err := readConfigMaps(ctx, d.Reader, namespace, in.Settings)
	if err != nil {
		return PodConfiguration{}, err
	}
	return configurationOf(in, files, namespace, pod), nil
}

// input returns what the annotations of a namespace and of its pod ask for, without
// ConfigMaps and without the pod's spec. The pod may be nil.
func (d Decider) input(namespace string, annotations map[string]string, pod *corev1.Pod) lint.Input {
	var overlay map[string]string
	if pod != nil {
		overlay = pod.Annotations
	}
	s, problems := settings.Parse(annotations, overlay, d.Defaults)
	return d.inputOf(namespace, annotations, pod, s, problems)
}

// inputOf does what input does, with what settings.Parse has returned for the annotations.
func (d Decider) inputOf(namespace string, annotations map[string]string, pod *corev1.Pod, s settings.Settings, problems []settings.Diagnostic) lint.Input {
	of := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: namespace}, Annotations: annotations}
	var overlay lint.Annotated
	if pod != nil {
		overlay = lint.Annotated{Object: podObject(namespace, pod), Annotations: pod.Annotations}
	}
	in := lint.FromSettings(of, overlay, s, problems)
	in.Memory = d.Memory.lintMemory()
	return in
}

// configurationOf adds the ConfigMaps and the pod, which may be nil, to what the
// annotations ask for.
func configurationOf(in lint.Input, files configMaps, namespace string, pod *corev1.Pod) PodConfiguration {
	files.addTo(&in, namespace)
	unavailable := files.unavailable(in.Settings)
	in.Settings = in.Settings.WithoutRules(func(key settings.ObjectKey) bool { return slices.Contains(unavailable, key.String()) })
	mounted := files.unavailable(in.Settings)
	unmounted := slices.DeleteFunc(unavailable, func(key string) bool { return slices.Contains(mounted, key) })
	if pod != nil {
		in.SetPod(lint.Pod{Object: podObject(namespace, pod), Path: "spec", Spec: &pod.Spec})
	}
	return PodConfiguration{Input: in, files: files, unmounted: unmounted}
}

func podObject(namespace string, pod *corev1.Pod) lint.Object {
	return lint.Object{Kind: "Pod", Namespace: namespace, Name: PodName(pod)}
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

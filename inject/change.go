package inject

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// DecideNamespace decides about a change of a namespace's annotations. It refuses what
// breaks the configuration of the namespace, at the moment when somebody does it. An
// error means that a ConfigMap could not be read.
//
// As DecideConfigMap does, it allows what leaves a wrong configuration no worse, so
// that it can be fixed step by step, and what is not complete yet, so that it can be
// created in any order. In the end, the pod is checked against all of it.
func (d Decider) DecideNamespace(ctx context.Context, name string, before, after map[string]string) (Decision, error) {
	if maps.Equal(ours(before), ours(after)) {
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	c := change{before: d.annotated(name, before), after: d.annotated(name, after)}
	if !Requested(after, nil) {
		return c.compareAnnotations(), nil
	}
	var err error
	if c.after.files, err = readConfigMaps(ctx, d.Reader, name, c.after.input.Settings); err != nil {
		return Decision{}, err
	}
	if !Requested(before, nil) {
		c.before = state{}
		return c.compare(), nil
	}
	if c.before.files, err = readConfigMaps(ctx, d.Reader, name, c.before.input.Settings); err != nil {
		return Decision{}, err
	}
	return c.compare(), nil
}

// DecideConfigMap decides about a change of a ConfigMap of a namespace: previous is nil
// where it is created, and changed is nil where it is deleted. An error means that the
// namespace or another ConfigMap could not be read.
func (d Decider) DecideConfigMap(ctx context.Context, namespace, name string, previous, changed *corev1.ConfigMap) (Decision, error) {
	annotations, err := d.Reader.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	after := d.annotated(namespace, annotations)
	switch {
	case !Requested(annotations, nil):
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	case !named(after.input.Settings, name):
		return Decision{Outcome: Skipped, Reason: Unreferenced}, nil
	case changed == nil:
		return deletion(after.input.Settings, namespace, name), nil
	case previous != nil && sameTexts(previous, changed):
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	if after.files, err = readConfigMaps(ctx, d.Reader, namespace, after.input.Settings); err != nil {
		return Decision{}, err
	}
	before := after
	before.files = maps.Clone(after.files)
	before.files[name], after.files[name] = previous, changed
	return change{configMap: name, before: before, after: after}.compare(), nil
}

// deletion allows the deletion of a ConfigMap that settings name, and says what follows.
func deletion(s settings.Settings, namespace, name string) Decision {
	rules := slices.ContainsFunc(s.RecordingRules, func(k settings.ObjectKey) bool { return k.Name == name })
	config := s.SidecarConfig.Name == name
	if rules && !s.OptionalRules || config && !s.OptionalConfig {
		return Decision{Outcome: Accepted, Reason: InUse, Warnings: []string{fmt.Sprintf(
			"the annotations of namespace %s name ConfigMap %s: the next pod of Prometheus will be refused without it", namespace, name)}}
	}
	d := Decision{Outcome: Accepted, Reason: Valid}
	if rules {
		d.Warnings = append(d.Warnings, fmt.Sprintf("the next pod of Prometheus in namespace %s starts without the recording rules of ConfigMap %s", namespace, name))
	}
	if config {
		selection := "its built-in selection"
		if len(s.Include) > 0 {
			selection = "what the annotation " + settings.Include + " selects"
		}
		d.Warnings = append(d.Warnings, fmt.Sprintf("without ConfigMap %s, gcm-exporter in namespace %s exports %s", name, namespace, selection))
	}
	return d
}

// annotated returns what a namespace's annotations ask for, without ConfigMaps.
func (d Decider) annotated(namespace string, annotations map[string]string) state {
	object := lint.Object{Kind: "Namespace", Name: namespace}
	in := lint.FromAnnotations(lint.Annotated{Object: object, Annotations: annotations}, lint.Annotated{}, d.Defaults)
	in.Memory = d.Memory.lintMemory()
	return state{input: in}
}

// ours returns the annotations that this project reads.
func ours(annotations map[string]string) map[string]string {
	all := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, settings.Prefix) {
			all[key] = value
		}
	}
	return all
}

func named(s settings.Settings, configMap string) bool {
	return slices.ContainsFunc(s.ConfigMapKeys(), func(k settings.ObjectKey) bool { return k.Name == configMap })
}

func sameTexts(a, b *corev1.ConfigMap) bool {
	return maps.Equal(a.Data, b.Data) && maps.EqualFunc(a.BinaryData, b.BinaryData, bytes.Equal)
}

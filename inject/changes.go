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

// DecideNamespace decides about a change of a namespace's annotations. It refuses
// what makes the configuration of the namespace wrong, at the moment in which
// somebody makes it so. An error means that a ConfigMap could not be read.
//
// As DecideConfigMap does, it allows what leaves a wrong configuration no worse, so
// that it can be fixed step by step, and what is not yet complete, so that it can be
// made in any order. The pod is checked against all of it in the end.
func (d Decider) DecideNamespace(ctx context.Context, name string, before, after map[string]string) (Decision, error) {
	if maps.Equal(ours(before), ours(after)) {
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	now := d.namespaceInput(name, after)
	if !Requested(after, nil) {
		return change{was: d.namespaceInput(name, before), now: now}.judgeUnasked(), nil
	}
	files, err := readConfigMaps(ctx, d.Reader, name, now.Settings)
	if err != nil {
		return Decision{}, err
	}
	c := change{now: now, files: files}
	if Requested(before, nil) {
		c.was = d.namespaceInput(name, before)
		if c.wereFiles, err = readConfigMaps(ctx, d.Reader, name, c.was.Settings); err != nil {
			return Decision{}, err
		}
	}
	return c.judge(), nil
}

// DecideConfigMap decides about a change of a ConfigMap of a namespace: before is nil
// where it is created, and after is nil where it is deleted. An error means that the
// namespace or another ConfigMap could not be read.
func (d Decider) DecideConfigMap(ctx context.Context, namespace, name string, before, after *corev1.ConfigMap) (Decision, error) {
	annotations, err := d.Reader.NamespaceAnnotations(ctx, namespace)
	if err != nil {
		return Decision{}, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	in := d.namespaceInput(namespace, annotations)
	switch {
	case !Requested(annotations, nil):
		return Decision{Outcome: Skipped, Reason: NotAnnotated}, nil
	case !names(in.Settings, name):
		return Decision{Outcome: Skipped, Reason: Unreferenced}, nil
	case after == nil:
		return Decision{Outcome: Accepted, Reason: InUse, Warnings: []string{fmt.Sprintf(
			"the annotations of namespace %s name ConfigMap %s: the next pod of Prometheus will be refused without it", namespace, name)}}, nil
	case before != nil && sameTexts(before, after):
		return Decision{Outcome: Skipped, Reason: Unchanged}, nil
	}
	files, err := readConfigMaps(ctx, d.Reader, namespace, in.Settings)
	if err != nil {
		return Decision{}, err
	}
	c := change{configMap: name, was: in, now: in, wereFiles: maps.Clone(files), files: files}
	c.wereFiles[name], c.files[name] = before, after
	return c.judge(), nil
}

// namespaceInput returns what a namespace's annotations ask for.
func (d Decider) namespaceInput(namespace string, annotations map[string]string) lint.Input {
	object := lint.Object{Kind: "Namespace", Name: namespace}
	return lint.FromAnnotations(lint.Annotated{Object: object, Annotations: annotations}, lint.Annotated{}, d.Defaults)
}

// ours are the annotations that this project reads.
func ours(annotations map[string]string) map[string]string {
	all := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, settings.Prefix) {
			all[key] = value
		}
	}
	return all
}

func names(s settings.Settings, configMap string) bool {
	return slices.ContainsFunc(s.ConfigMapKeys(), func(k settings.ObjectKey) bool { return k.Name == configMap })
}

func sameTexts(a, b *corev1.ConfigMap) bool {
	return maps.Equal(a.Data, b.Data) && maps.EqualFunc(a.BinaryData, b.BinaryData, bytes.Equal)
}

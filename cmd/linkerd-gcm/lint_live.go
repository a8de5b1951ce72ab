package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/inject/apiserver"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// liveNamespace is a namespace of a cluster under annotations that are given
// besides. It implements inject.NamespaceReader and remembers what it has read.
type liveNamespace struct {
	apiserver.NamespaceReader
	overlay     map[string]string
	annotations map[string]string
	configMaps  map[string]*corev1.ConfigMap
	pods        map[lint.Object]survey.Workload
	// texts are the values that findings are about.
	texts map[lint.Object]*source.Text
}

// lintLive lints a namespace of the cluster, and changes nothing.
func (o lintOptions) lintLive(ctx context.Context, c *cluster, annotations map[string]string) (linted, error) {
	reader, err := c.reader()
	if err != nil {
		return linted{}, usageError{err}
	}
	live := &liveNamespace{
		NamespaceReader: apiserver.NamespaceReader{Client: reader},
		overlay:         annotations,
		configMaps:      map[string]*corev1.ConfigMap{},
		pods:            map[lint.Object]survey.Workload{},
		texts:           map[lint.Object]*source.Text{},
	}
	workloads, notes, err := live.workloads(ctx, o.namespace)
	if err != nil {
		return linted{}, usageError{err}
	}
	defaults := settings.Defaults{SidecarImage: o.sidecarImage}
	if defaults.SidecarImage == "" {
		image, note := live.injectorImage(ctx)
		defaults.SidecarImage = image
		notes = append(notes, note...)
	}
	s := survey.Survey{Source: live, Defaults: defaults}
	result, err := s.Namespace(ctx, o.namespace, workloads)
	if err != nil {
		return linted{}, usageError{err}
	}
	found := linted{notes: append(notes, result.Notes...), checked: "namespace " + o.namespace + objectCounts(result.Objects)}
	for _, f := range result.Findings {
		found.findings = append(found.findings, live.locate(f))
	}
	return found, nil
}

// workloads returns the Deployments of linkerd-viz' Prometheus or, where there are
// none, its pods. Notes say which of both may not be read.
func (l *liveNamespace) workloads(ctx context.Context, namespace string) (all []survey.Workload, notes []string, err error) {
	add := func(kind, name, path string, pod *corev1.Pod) {
		if viz.IsPrometheus(pod) {
			w := survey.Workload{Object: lint.Object{Kind: kind, Namespace: namespace, Name: name}, Path: path, Pod: pod}
			l.pods[w.Object] = w
			all = append(all, w)
		}
	}
	note := func(what string, err error) error {
		if !apierrors.IsForbidden(err) {
			return fmt.Errorf("reading %s of namespace %s: %w", what, namespace, err)
		}
		notes = append(notes, fmt.Sprintf("%s of namespace %s may not be read, and were not checked: %s", what, namespace, err))
		return nil
	}
	var deployments appsv1.DeploymentList
	if err := l.Client.List(ctx, &deployments, client.InNamespace(namespace)); err != nil {
		if err := note("Deployments", err); err != nil {
			return nil, nil, err
		}
	}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		add("Deployment", d.Name, "spec.template.spec", &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec})
	}
	if len(all) > 0 {
		return all, notes, nil
	}
	var pods corev1.PodList
	if err := l.Client.List(ctx, &pods, client.InNamespace(namespace)); err != nil {
		return all, notes, note("pods", err)
	}
	for i := range pods.Items {
		add("Pod", pods.Items[i].Name, "spec", &pods.Items[i])
	}
	return all, notes, nil
}

// injectorImage returns the sidecar's image that the injector of the cluster was
// started with, "" where there is none.
func (l *liveNamespace) injectorImage(ctx context.Context) (image string, notes []string) {
	var injectors appsv1.DeploymentList
	if err := l.Client.List(ctx, &injectors, client.MatchingLabels{"linkerd.io/extension": "gcm"}); err != nil {
		return "", []string{"the sidecar's image that the injector has is not known; name it with --sidecar-image: " + err.Error()}
	}
	for _, d := range injectors.Items {
		for _, container := range d.Spec.Template.Spec.Containers {
			for _, argument := range container.Args {
				if value, found := strings.CutPrefix(argument, "--sidecar-image="); found {
					image = value
				}
			}
		}
	}
	return image, nil
}

// NamespaceAnnotations implements inject.NamespaceReader.
func (l *liveNamespace) NamespaceAnnotations(ctx context.Context, name string) (map[string]string, error) {
	found, err := l.NamespaceReader.NamespaceAnnotations(ctx, name)
	if err != nil {
		return nil, err
	}
	l.annotations = map[string]string{}
	maps.Copy(l.annotations, found)
	maps.Copy(l.annotations, l.overlay)
	return l.annotations, nil
}

// ConfigMap implements inject.NamespaceReader.
func (l *liveNamespace) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	found, err := l.NamespaceReader.ConfigMap(ctx, namespace, name)
	if found != nil {
		l.configMaps[name] = found
	}
	return found, err
}

// locate returns a finding with the line of the object's value that it is about.
func (l *liveNamespace) locate(f lint.Finding) survey.Located {
	if value, overlaid := l.overlay[f.Object.Key]; overlaid && f.Object.Kind == "Namespace" {
		return survey.Overlaid(f, value)
	}
	text := l.texts[f.Object]
	if text == nil {
		text = source.New([]byte(l.value(f.Object)))
		l.texts[f.Object] = text
	}
	return survey.Located{Finding: f, Source: text.Line(f.Line)}
}

// value returns the text of an object's key, "" where it is none.
func (l *liveNamespace) value(object lint.Object) string {
	key := object.Key
	object.Key = ""
	w, isWorkload := l.pods[object]
	switch {
	case object.Kind == "Namespace":
		return l.annotations[key]
	case object.Kind == "ConfigMap":
		text, _ := lint.TextOf(l.configMaps[object.Name], key)
		return text
	case isWorkload && strings.HasPrefix(key, settings.Prefix):
		return w.Pod.Annotations[key]
	case isWorkload:
		return fieldOf(w.Pod.Spec, strings.TrimPrefix(key, w.Path+"."))
	}
	return ""
}

// fieldOf returns a text in a pod's spec, such as containers[0].args[3].
func fieldOf(spec corev1.PodSpec, path string) string {
	encoded, err := json.Marshal(spec)
	if err != nil {
		return ""
	}
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		return ""
	}
	for _, token := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' || c == '[' || c == ']' }) {
		switch parent := value.(type) {
		case map[string]any:
			value = parent[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(parent) {
				return ""
			}
			value = parent[i]
		}
	}
	text, _ := value.(string)
	return text
}

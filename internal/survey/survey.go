// Package survey has everything linted that belongs to a namespace of
// linkerd-viz: its annotations, the ConfigMaps that they name, and the pods of its
// Prometheus. Where these come from, files or a cluster, makes no difference.
package survey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Workload is a pod of linkerd-viz' Prometheus, or what makes such pods.
type Workload struct {
	Object lint.Object
	// Path leads from the object to the pod's spec: spec.template.spec.
	Path string
	Pod  *corev1.Pod
}

// Survey is where everything is looked up, and what holds where nothing is found.
type Survey struct {
	Source   inject.NamespaceReader
	Defaults settings.Defaults
}

// Result is what came of it.
type Result struct {
	Findings []lint.Finding
	// Notes say what could not be checked, and why.
	Notes []string
	// Used are the names of the ConfigMaps that were asked for.
	Used []string
	// Objects are what was looked at, each once and without a key.
	Objects []lint.Object
}

// Add takes over another result, whose findings may be the same.
func (r *Result) Add(other Result) {
	r.Findings = append(r.Findings, other.Findings...)
	for _, note := range other.Notes {
		if !slices.Contains(r.Notes, note) {
			r.Notes = append(r.Notes, note)
		}
	}
	r.Used = append(r.Used, other.Used...)
	for _, o := range other.Objects {
		r.looked(o)
	}
}

func (r *Result) looked(o lint.Object) {
	o.Key = ""
	if !slices.Contains(r.Objects, o) {
		r.Objects = append(r.Objects, o)
	}
}

// Namespace lints a namespace and its workloads.
func (s Survey) Namespace(ctx context.Context, name string, workloads []Workload) (Result, error) {
	var all Result
	annotations, err := s.Source.NamespaceAnnotations(ctx, name)
	if err != nil {
		return all, fmt.Errorf("reading namespace %s: %w", name, err)
	}
	namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: name}, Annotations: annotations}
	if slices.ContainsFunc(slices.Collect(maps.Keys(annotations)), ours) {
		all.looked(namespace.Object)
	}
	judged := false
	for _, w := range workloads {
		all.looked(w.Object)
		var one Result
		if in, own := lint.FromPod(w.pod()); own && !w.injected() {
			one, err = s.lint(ctx, name, in, &w)
		} else {
			judged = true
			one, err = s.annotated(ctx, namespace, &w)
		}
		if err != nil {
			return all, err
		}
		all.Add(one)
	}
	if judged || !slices.Contains(all.Objects, namespace.Object) {
		return all, nil
	}
	if len(workloads) == 0 {
		all.Notes = append(all.Notes, fmt.Sprintf("no pod of Prometheus in namespace %s is at hand: what concerns the pod was not checked", name))
	}
	one, err := s.annotated(ctx, namespace, nil)
	all.Add(one)
	return all, err
}

// annotated lints what annotations ask for, with the pod where there is one.
func (s Survey) annotated(ctx context.Context, namespace lint.Annotated, w *Workload) (Result, error) {
	var overlay lint.Annotated
	if w != nil {
		overlay = lint.Annotated{Object: w.Object, Annotations: w.Pod.Annotations}
	}
	in := lint.FromAnnotations(namespace, overlay, s.Defaults)
	if inject.Requested(namespace.Annotations, overlay.Annotations) {
		return s.lint(ctx, namespace.Object.Name, in, w)
	}
	where := "namespace " + namespace.Object.Name
	if w != nil {
		where = fmt.Sprintf("%s %s", w.Object.Kind, w.Object.Name)
	}
	return Result{
		Findings: lint.Check(in).Findings,
		Notes:    []string{fmt.Sprintf("only the annotations of %s were checked, since no annotation %s=enabled asks for the sidecar; --annotation inject=enabled has all of it checked", where, settings.Inject)},
	}, nil
}

// lint adds the ConfigMaps and the pod, and has all of it checked.
func (s Survey) lint(ctx context.Context, namespace string, in lint.Input, w *Workload) (Result, error) {
	unread, err := inject.AddConfigMaps(ctx, s.Source, namespace, &in)
	if err != nil {
		return Result{}, err
	}
	if w != nil {
		in.SetPod(w.pod())
	}
	r := Result{Findings: lint.Check(in).Findings}
	for _, key := range in.Settings.ConfigMapKeys() {
		r.Used = append(r.Used, key.Name)
	}
	for _, file := range in.Files() {
		r.looked(file.Object)
	}
	for _, missing := range in.Missing {
		if missing.Keys != nil {
			r.looked(missing.Object)
		}
	}
	if len(unread) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("not at hand, and so not checked: %s of namespace %s", listed(unread), namespace))
	}
	return r, nil
}

// listed names keys of ConfigMaps.
func listed(keys []string) string {
	if len(keys) == 1 {
		return "ConfigMap " + keys[0]
	}
	return "ConfigMaps " + strings.Join(keys, ", ")
}

func (w Workload) pod() lint.Pod {
	return lint.Pod{Object: w.Object, Path: w.Path, Spec: &w.Pod.Spec}
}

// injected says whether the pod carries the injector's record.
func (w Workload) injected() bool {
	_, recorded := w.Pod.Annotations[settings.Status]
	return recorded
}

func ours(key string) bool { return strings.HasPrefix(key, settings.Prefix) }

// Package survey finds everything that belongs to a namespace of linkerd-viz (its
// annotations, the ConfigMaps that they name, and the pods of its Prometheus) and has
// package lint check it. The objects come from files or from a cluster; LiveNamespace
// reads the latter.
//
// It has no rules of its own, which are in package lint, and prints nothing, which
// package report does.
package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// Workload is a pod of linkerd-viz' Prometheus, or an object that makes such pods.
type Workload struct {
	Object lint.Object
	// Path leads from the object to the pod's spec: spec.template.spec.
	Path string
	Pod  *corev1.Pod
	// Config is Prometheus' own configuration; nil where a ConfigMap of the namespace has
	// it.
	Config *lint.PrometheusConfig
	// Absent is the value by which there is no such pod; nil where there is one.
	Absent *lint.Text
	// Elsewhere is the address of another Prometheus that linkerd-viz reads then.
	Elsewhere string
}

// Linter checks namespaces of linkerd-viz. Their annotations and ConfigMaps come from its
// reader.
type Linter struct {
	Reader inject.NamespaceReader
	// Defaults hold where no annotation says otherwise.
	Defaults settings.Defaults
}

// Result is what a check has found.
type Result struct {
	Findings []lint.Finding
	// Notes say what could not be checked, and why.
	Notes []string
	// Forbidden are errors of the cluster about objects that may not be read, and were
	// not checked.
	Forbidden []error
	// Used are the names of the ConfigMaps that the settings name.
	Used []string
	// Objects are all objects that were checked, each once and without a key.
	Objects []lint.Object
	// Sidecars are those that the rules were judged for, each once.
	Sidecars []settings.Sidecar
}

// Add appends another result, whose notes and objects may be the same.
func (r *Result) Add(other Result) {
	r.Findings = append(r.Findings, other.Findings...)
	for _, note := range other.Notes {
		if !slices.Contains(r.Notes, note) {
			r.Notes = append(r.Notes, note)
		}
	}
	r.Forbidden = append(r.Forbidden, other.Forbidden...)
	r.Used = append(r.Used, other.Used...)
	for _, o := range other.Objects {
		r.checked(o)
	}
	r.Judged(other.Sidecars...)
}

// Judged adds sidecars that rules were judged for.
func (r *Result) Judged(sidecars ...settings.Sidecar) {
	for _, sidecar := range sidecars {
		if !slices.Contains(r.Sidecars, sidecar) {
			r.Sidecars = append(r.Sidecars, sidecar)
		}
	}
}

func (r *Result) checked(o lint.Object) {
	o.Key = ""
	if !slices.Contains(r.Objects, o) {
		r.Objects = append(r.Objects, o)
	}
}

// Namespace checks a namespace and its workloads. An error means that the namespace or a
// ConfigMap could not be read.
func (l Linter) Namespace(ctx context.Context, name string, workloads []Workload) (Result, error) {
	var all Result
	annotations, err := l.Reader.NamespaceAnnotations(ctx, name)
	if err != nil {
		return all, fmt.Errorf("reading namespace %s: %w", name, err)
	}
	namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: name}, Annotations: annotations}
	if hasOurs(annotations) {
		all.checked(namespace.Object)
	}
	namespaceChecked := false
	for _, w := range workloads {
		all.checked(w.Object)
		var one Result
		if in, own := lint.FromPod(w.pod()); own && !w.injected() {
			one, err = l.check(ctx, name, in, &w)
		} else {
			namespaceChecked = true
			one, err = l.annotated(ctx, namespace, &w)
		}
		if err != nil {
			return all, err
		}
		all.Add(one)
	}
	if namespaceChecked || !slices.Contains(all.Objects, namespace.Object) {
		return all, nil
	}
	if len(workloads) == 0 {
		all.Notes = append(all.Notes, fmt.Sprintf("no pod of Prometheus was found in namespace %s: rules about the pod were not checked", name))
	}
	one, err := l.annotated(ctx, namespace, nil)
	all.Add(one)
	return all, err
}

// annotated checks what annotations ask for, with the pod where there is one.
func (l Linter) annotated(ctx context.Context, namespace lint.Annotated, w *Workload) (Result, error) {
	var overlay lint.Annotated
	if w != nil {
		overlay = lint.Annotated{Object: w.Object, Annotations: w.Pod.Annotations}
	}
	in := lint.FromAnnotations(namespace, overlay, l.Defaults)
	if inject.Requested(namespace.Annotations, overlay.Annotations) {
		return l.check(ctx, namespace.Object.Name, in, w)
	}
	where := "namespace " + namespace.Object.Name
	if w != nil {
		where = fmt.Sprintf("%s %s", w.Object.Kind, w.Object.Name)
	}
	return Result{
		Findings: lint.Check(in).Findings,
		Notes:    []string{fmt.Sprintf("only the annotations of %s were checked, because no annotation %s=enabled asks for the sidecar; give --annotation inject=enabled to check everything", where, settings.Inject)},
	}, nil
}

// check adds the ConfigMaps and the pod to the input, and checks all of it.
func (l Linter) check(ctx context.Context, namespace string, in lint.Input, w *Workload) (Result, error) {
	unread, err := inject.AddConfigMaps(ctx, l.Reader, namespace, &in)
	if err != nil {
		return Result{}, err
	}
	if w != nil {
		if err := l.addConfig(ctx, namespace, &in, *w); err != nil {
			return Result{}, err
		}
		in.SetPod(w.pod())
		in.NoPrometheus, in.OtherPrometheus = w.Absent, w.Elsewhere
	}
	result := lint.Check(in)
	r := Result{Findings: result.Findings, Sidecars: []settings.Sidecar{result.Sidecar}}
	for _, key := range in.Settings.ConfigMapKeys() {
		r.Used = append(r.Used, key.Name)
	}
	for _, file := range in.Files() {
		r.Used = append(r.Used, file.Object.Name)
		r.checked(file.Object)
	}
	for _, missing := range in.Missing {
		if missing.Keys != nil {
			r.checked(missing.Object)
		}
	}
	r.noteConfiguration(in, result, unread, namespace)
	r.notePrometheusConfig(in, namespace)
	return r, nil
}

// noteConfiguration says which ConfigMaps were not read, and what was therefore guessed about
// the sidecar's configuration.
func (r *Result) noteConfiguration(in lint.Input, result lint.Result, unread []string, namespace string) {
	if len(unread) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("not checked, because they are not in the input: %s of namespace %s", configMaps(unread), namespace))
	}
	switch {
	case in.Settings.SidecarConfig.Name != "" && len(unread) > 0:
		r.Notes = append(r.Notes, Guessed(result, "", "the sidecar's configuration is not in the input")...)
	case in.Settings.SidecarConfig.Name == "" && in.Settings.Enabled:
		r.Notes = append(r.Notes, Guessed(result, "", "the annotation "+settings.SidecarConfig+" names no configuration of the sidecar")...)
	}
}

// notePrometheusConfig says whether Prometheus' own configuration was read.
func (r *Result) notePrometheusConfig(in lint.Input, namespace string) {
	switch {
	case in.UnreadablePrometheusConfig != nil && in.PrometheusConfig == nil:
		unreadable := in.UnreadablePrometheusConfig
		r.checked(unreadable.Object)
		r.Notes = append(r.Notes, fmt.Sprintf("Prometheus' own configuration, ConfigMap %s, cannot be read (%v): the rules were checked as if it were that of linkerd-viz' charts",
			unreadable.Object.FullName(), unreadable.Err))
	case in.PrometheusConfig == nil && len(in.RuleFiles) > 0:
		r.Notes = append(r.Notes, fmt.Sprintf("Prometheus' own configuration, ConfigMap %s of namespace %s, is not at hand: the rules were checked as if it were that of linkerd-viz' charts",
			lint.DefaultPrometheusConfig, namespace))
	case in.PrometheusConfig != nil && in.PrometheusConfig.Object.Kind == "ConfigMap":
		r.checked(in.PrometheusConfig.Object)
	}
}

// addConfig adds the configuration that the pod's Prometheus reads, where it is not the one
// of linkerd-viz' charts.
func (l Linter) addConfig(ctx context.Context, namespace string, in *lint.Input, w Workload) error {
	if w.Config != nil {
		in.PrometheusConfig = w.Config
		return nil
	}
	key, mounted := lint.PrometheusConfigKey(w.pod())
	if !mounted || key == lint.DefaultPrometheusConfig {
		return nil
	}
	configMap, err := l.Reader.ConfigMap(ctx, namespace, key.Name)
	if err != nil && !errors.Is(err, inject.ErrUnavailable) {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, key.Name, err)
	}
	in.AddPrometheusConfig(namespace, key, configMap)
	return nil
}

// configMaps names keys of ConfigMaps.
func configMaps(keys []string) string {
	if len(keys) == 1 {
		return "ConfigMap " + keys[0]
	}
	return "ConfigMaps " + strings.Join(keys, ", ")
}

func (w Workload) pod() lint.Pod {
	return lint.Pod{Object: w.Object, Path: w.Path, Spec: &w.Pod.Spec}
}

// injected reports whether the pod has the injector's record.
func (w Workload) injected() bool {
	_, recorded := w.Pod.Annotations[settings.Status]
	return recorded
}

func hasOurs(annotations map[string]string) bool {
	for key := range annotations {
		if strings.HasPrefix(key, settings.Prefix) {
			return true
		}
	}
	return false
}

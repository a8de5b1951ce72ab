// Package offline reads namespaces, ConfigMaps and pods of linkerd-viz from files, and has
// them checked and injected as the webhook does with those of a cluster. It asks no
// cluster, and it decides nothing itself: packages inject and lint do.
package offline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// Input is everything that a decision is made from.
type Input struct {
	Files []manifest.File
	// Namespace is the namespace of objects that name none. Where it is empty, they are in
	// the only Namespace of the files or, where there is none or more than one, in
	// "default".
	Namespace string
	// Annotations override those of every namespace.
	Annotations map[string]string
}

// Verdict is the decision about a workload.
type Verdict struct {
	Workload
	inject.Decision
}

// Decide returns the decisions about all workloads whose pods are linkerd-viz'
// Prometheus, in the order of the files. An error means that an object cannot be read.
func (in Input) Decide(ctx context.Context, defaults settings.Defaults, version string) ([]Verdict, error) {
	objects := in.objects()
	known := newIndex(objects)
	decider := inject.Decider{
		Reader:   namespaceReader{known, in.Annotations},
		Defaults: defaults,
		Version:  version,
	}
	var verdicts []Verdict
	for _, o := range objects {
		pod, template, err := podOf(o.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.place(), err)
		}
		if pod == nil || !viz.IsPrometheus(pod) {
			continue
		}
		decision, err := decider.DecidePod(ctx, o.GetNamespace(), pod)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, Verdict{Workload{
			Place:          o.place(),
			Namespace:      o.GetNamespace(),
			NamespaceKnown: len(known.namespaces(o.GetNamespace())) > 0,
			object:         o,
			template:       template,
		}, decision})
	}
	return verdicts, nil
}

// Inject returns the files with the operations of the verdicts applied. All other
// documents are unchanged.
func (in Input) Inject(verdicts []Verdict) ([]manifest.File, error) {
	files := slices.Clone(in.Files)
	for i := range files {
		files[i].Documents = slices.Clone(files[i].Documents)
	}
	for _, v := range verdicts {
		document := &files[v.object.file].Documents[v.object.document]
		added, err := document.Add(within(v.object.Pointer, v.ObjectPatch()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Place, err)
		}
		*document = added
	}
	return files, nil
}

// objects returns all objects, each with its namespace.
func (in Input) objects() []positioned {
	var all []positioned
	for f, file := range in.Files {
		for d, document := range file.Documents {
			for _, object := range document.Objects() {
				all = append(all, positioned{object, in.Files, f, d})
			}
		}
	}
	namespace := in.Namespace
	if namespace == "" {
		namespace = onlyNamespace(all)
	}
	for _, o := range all {
		if o.GetNamespace() == "" && o.GetKind() != "Namespace" {
			o.SetNamespace(namespace)
		}
	}
	return all
}

// onlyNamespace returns the name of the only Namespace, or "default".
func onlyNamespace(objects []positioned) string {
	names := map[string]bool{}
	only := corev1.NamespaceDefault
	for _, o := range objects {
		if isCore(o, "Namespace") {
			only = o.GetName()
			names[only] = true
		}
	}
	if len(names) > 1 {
		return corev1.NamespaceDefault
	}
	return only
}

// positioned is an object with its place in the files.
type positioned struct {
	manifest.Object
	files          []manifest.File
	file, document int
}

// place says where the object is and what its name is: the file, the line, the kind, the
// namespace and the name.
func (o positioned) place() string {
	file := o.files[o.file]
	identity := o.identity()
	if o.GetName() == "" && o.GetGenerateName() == "" { // such as a Kustomization
		return fmt.Sprintf("%s:%d: %s", file.Name, file.Documents[o.document].LineOf(o.Pointer), identity.Kind)
	}
	return fmt.Sprintf("%s:%d: %s %s", file.Name, file.Documents[o.document].LineOf(o.Pointer), identity.Kind, identity.FullName())
}

// identity is how findings name the object.
func (o positioned) identity() lint.Object {
	return lint.Object{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: cmp.Or(o.GetName(), o.GetGenerateName()+"*")}
}

func isCore(o positioned, kind string) bool {
	return o.GetKind() == kind && o.GroupVersionKind().Group == ""
}

// within returns operations on a part of an object as operations on the object.
func within(pointer string, operations []jsonpatch.Operation) []jsonpatch.Operation {
	moved := make([]jsonpatch.Operation, 0, len(operations))
	for _, o := range operations {
		o.Path = pointer + o.Path
		moved = append(moved, o)
	}
	return moved
}

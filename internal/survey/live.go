package survey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/inject/apiserver"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// LiveNamespace reads a namespace of linkerd-viz from a cluster: each object once, when
// it is first needed, and nothing but objects. It implements inject.NamespaceReader.
type LiveNamespace struct {
	name    string
	cluster apiserver.NamespaceReader
	// overlay are annotations that override those of the namespace.
	overlay     map[string]string
	annotations map[string]string
	// mutex guards configMaps: they are read side by side.
	mutex       sync.Mutex
	configMaps  map[string]*corev1.ConfigMap
	deployments []appsv1.Deployment
	workloads   map[lint.Object]Workload
}

// NewLiveNamespace returns a reader of the namespace of that name. Annotations in overlay
// override those that the namespace has.
func NewLiveNamespace(reader client.Reader, name string, overlay map[string]string) *LiveNamespace {
	return &LiveNamespace{
		name:       name,
		cluster:    apiserver.NamespaceReader{Client: reader},
		overlay:    overlay,
		configMaps: map[string]*corev1.ConfigMap{},
		workloads:  map[lint.Object]Workload{},
	}
}

// NamespaceAnnotations implements inject.NamespaceReader.
func (n *LiveNamespace) NamespaceAnnotations(ctx context.Context, name string) (map[string]string, error) {
	if n.annotations != nil {
		return n.annotations, nil
	}
	found, err := n.cluster.NamespaceAnnotations(ctx, name)
	if err != nil {
		return nil, err
	}
	n.annotations = map[string]string{}
	maps.Copy(n.annotations, found)
	maps.Copy(n.annotations, n.overlay)
	return n.annotations, nil
}

// ConfigMap implements inject.NamespaceReader.
func (n *LiveNamespace) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	n.mutex.Lock()
	found, known := n.configMaps[name]
	n.mutex.Unlock()
	if known {
		return found, nil
	}
	found, err := n.cluster.ConfigMap(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.configMaps[name] = found
	return found, nil
}

// Deployments returns those whose pods are linkerd-viz' Prometheus.
func (n *LiveNamespace) Deployments(ctx context.Context) ([]appsv1.Deployment, error) {
	if n.deployments != nil {
		return n.deployments, nil
	}
	var list appsv1.DeploymentList
	if err := n.cluster.Client.List(ctx, &list, client.InNamespace(n.name)); err != nil {
		return nil, fmt.Errorf("listing Deployments of namespace %s: %w", n.name, err)
	}
	n.deployments = []appsv1.Deployment{}
	for i := range list.Items {
		if viz.IsPrometheus(PodOf(&list.Items[i])) {
			n.deployments = append(n.deployments, list.Items[i])
		}
	}
	return n.deployments, nil
}

// PodOf returns the pod that a Deployment makes next.
func PodOf(d *appsv1.Deployment) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
	pod.Namespace, pod.GenerateName = d.Namespace, d.Name+"-"
	return pod
}

// Check lints the namespace with the pods that the Deployments of Prometheus make next
// or, where there is no such Deployment, with the pods that run. An error means that
// the namespace or a ConfigMap could not be read.
func (n *LiveNamespace) Check(ctx context.Context, defaults settings.Defaults) (Result, error) {
	workloads, forbidden, err := n.prometheus(ctx)
	if err != nil {
		return Result{}, err
	}
	result, err := Linter{Reader: n, Defaults: defaults}.Namespace(ctx, n.name, workloads)
	result.Forbidden = forbidden
	result.Findings = unique(result.Findings)
	return result, err
}

// unique leaves out findings that are the same for several pods, such as those about an
// annotation of the namespace.
func unique(findings []lint.Finding) []lint.Finding {
	seen := map[lint.Finding]bool{}
	return slices.DeleteFunc(findings, func(f lint.Finding) bool {
		f.Reason = ""
		again := seen[f]
		seen[f] = true
		return again
	})
}

// prometheus returns the Deployments of linkerd-viz' Prometheus or, where there are
// none, its pods, and the errors about those that may not be read.
func (n *LiveNamespace) prometheus(ctx context.Context) (all []Workload, forbidden []error, err error) {
	deployments, err := n.Deployments(ctx)
	if err != nil && !apierrors.IsForbidden(err) {
		return nil, nil, err
	}
	if err != nil {
		forbidden = append(forbidden, err)
	}
	for i := range deployments {
		object := lint.Object{Kind: "Deployment", Namespace: n.name, Name: deployments[i].Name}
		all = append(all, Workload{Object: object, Path: "spec.template.spec", Pod: PodOf(&deployments[i])})
	}
	if len(all) == 0 {
		var list corev1.PodList
		err := n.cluster.Client.List(ctx, &list, client.InNamespace(n.name))
		switch {
		case apierrors.IsForbidden(err):
			forbidden = append(forbidden, fmt.Errorf("listing pods of namespace %s: %w", n.name, err))
		case err != nil:
			return nil, nil, fmt.Errorf("listing pods of namespace %s: %w", n.name, err)
		}
		for i := range list.Items {
			if pod := &list.Items[i]; viz.IsPrometheus(pod) && !Ended(pod) {
				all = append(all, Workload{Object: lint.Object{Kind: "Pod", Namespace: n.name, Name: pod.Name}, Path: "spec", Pod: pod})
			}
		}
	}
	for _, w := range all {
		n.workloads[w.Object] = w
	}
	return all, forbidden, nil
}

// Ended reports whether a pod will not run again.
func Ended(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

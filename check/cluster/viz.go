package cluster

import (
	"context"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// VizNamespace is a namespace of linkerd-viz.
type VizNamespace struct {
	*metav1.PartialObjectMetadata

	// Pods are those of its Prometheus that run or are to run.
	Pods []corev1.Pod
	// Live reads its Deployments of Prometheus and its configuration.
	Live *survey.LiveNamespace
}

// VizNamespaces reads the namespaces of linkerd-viz: those with its label, with our
// annotation, or with its Prometheus, because Helm creates namespaces without labels.
// Where a name is given, it is the only one to look at.
func (r *Reader) VizNamespaces(ctx context.Context, only string) ([]VizNamespace, error) {
	return remember(r, question{what: "linkerd-viz", name: only}, func() ([]VizNamespace, error) {
		namespaces, err := r.candidates(ctx, only)
		if err != nil {
			return nil, err
		}
		pods, err := r.PrometheusPods(ctx, only)
		if err != nil {
			return nil, err
		}
		var found []VizNamespace
		for i, n := range namespaces {
			if n.DeletionTimestamp != nil {
				continue // everything in it will be deleted, too
			}
			v := VizNamespace{PartialObjectMetadata: &namespaces[i], Live: survey.NewLiveNamespace(r.client, n.Name, nil)}
			for _, pod := range pods {
				if pod.Namespace == n.Name {
					v.Pods = append(v.Pods, pod)
				}
			}
			_, annotated := n.Annotations[settings.Inject]
			if n.Labels[names.ExtensionLabel] == names.VizExtension || annotated || len(v.Pods) > 0 {
				found = append(found, v)
			}
		}
		return found, nil
	})
}

func (r *Reader) candidates(ctx context.Context, only string) ([]metav1.PartialObjectMetadata, error) {
	if only == "" {
		return r.Namespaces(ctx, "")
	}
	namespace, err := r.Namespace(ctx, only)
	if namespace == nil {
		return nil, err
	}
	return []metav1.PartialObjectMetadata{*namespace}, nil
}

// PrometheusPods lists the pods of linkerd-viz' Prometheus that run or are to run, of all
// namespaces where none is named.
func (r *Reader) PrometheusPods(ctx context.Context, namespace string) ([]corev1.Pod, error) {
	pods, err := r.Pods(ctx, namespace, viz.PrometheusLabels())
	return slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool { return survey.Ended(&p) }), err
}

// PrometheusReplicaSets lists the ReplicaSets of linkerd-viz' Prometheus.
func (r *Reader) PrometheusReplicaSets(ctx context.Context, namespace string) ([]appsv1.ReplicaSet, error) {
	return remember(r, question{what: "replicasets", namespace: namespace}, func() ([]appsv1.ReplicaSet, error) {
		var list appsv1.ReplicaSetList
		err := r.list(ctx, &list, "replicasets", client.InNamespace(namespace), client.MatchingLabels(viz.PrometheusLabels()), client.Limit(page))
		return list.Items, err
	})
}

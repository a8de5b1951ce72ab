package check

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// vizNamespaces reads the namespaces of linkerd-viz that are to be checked.
func (r *runContext) vizNamespaces(ctx context.Context) ([]cluster.VizNamespace, error) {
	return r.cluster.VizNamespaces(ctx, r.options.Namespace)
}

// asking are the namespaces that ask for the sidecar.
func (r *runContext) asking(ctx context.Context) ([]cluster.VizNamespace, error) {
	found, err := r.vizNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	var asking []cluster.VizNamespace
	for _, v := range found {
		if asks(v) {
			asking = append(asking, v)
		}
	}
	if len(asking) == 0 {
		return nil, errNotApplicable
	}
	return asking, nil
}

// asks reports whether a namespace asks for the sidecar, or one of its pods does by
// itself.
func asks(v cluster.VizNamespace) bool {
	return inject.Requested(v.Annotations, nil) || slices.ContainsFunc(v.Pods, podAsks)
}

func podAsks(pod corev1.Pod) bool { return inject.Requested(nil, pod.Annotations) }

// newestPod is the pod of a namespace that was created last, nil where there is none.
func newestPod(v cluster.VizNamespace) *corev1.Pod {
	var newest *corev1.Pod
	for i, pod := range v.Pods {
		if newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp) {
			newest = &v.Pods[i]
		}
	}
	return newest
}

// settingsOf are those of the newest pod, or of the next one where there is none.
func settingsOf(v cluster.VizNamespace) settings.Settings {
	var overlay map[string]string
	if pod := newestPod(v); pod != nil {
		overlay = pod.Annotations
	}
	s, _ := settings.Parse(v.Annotations, overlay, settings.Defaults{})
	return s
}

// restart is the command that replaces the pods of a namespace's Prometheus.
func restart(v cluster.VizNamespace) string {
	return fmt.Sprintf("kubectl -n %s rollout restart deployment/prometheus", v.Name)
}

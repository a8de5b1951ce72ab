package check

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// eachPod judges every pod of the namespaces that ask, but for those that don't
// want the sidecar. The container is nil where a pod has no sidecar.
func (r *runContext) eachPod(ctx context.Context, judge func(cluster.VizNamespace, *corev1.Pod, *corev1.Container) ([]string, error)) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range asking {
		for i := range v.Pods {
			pod := &v.Pods[i]
			if !inject.Requested(v.Annotations, pod.Annotations) {
				continue
			}
			looked = true
			found, err := judge(v, pod, sidecars.Find(&pod.Spec))
			if err != nil {
				return err
			}
			problems = append(problems, found...)
		}
	}
	if !looked {
		return errNotApplicable
	}
	return joinLines(problems)
}

// eachRecord judges the record of each pod that we have injected.
func (r *runContext) eachRecord(ctx context.Context, judge func(cluster.VizNamespace, *corev1.Pod, patches.Record) (string, error)) error {
	looked := false
	err := r.eachPod(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		text, recorded := pod.Annotations[settings.Status]
		if !recorded || container == nil {
			return nil, nil
		}
		looked = true
		var record patches.Record
		problem := ""
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			problem = fmt.Sprintf("has an annotation %s that cannot be read (%s): run %s", settings.Status, err, restart(v))
		} else if problem, err = judge(v, pod, record); err != nil {
			return nil, err
		}
		if problem == "" {
			return nil, nil
		}
		return []string{fmt.Sprintf("pod %s/%s %s", v.Name, pod.Name, problem)}, nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

// eachSidecar judges the state of each sidecar.
func (r *runContext) eachSidecar(ctx context.Context, judge func(*corev1.Pod, corev1.ContainerStatus) string) error {
	looked := false
	err := r.eachPod(ctx, func(_ cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container == nil {
			return nil, nil
		}
		looked = true
		if problem := judge(pod, statusOf(pod, container.Name)); problem != "" {
			return []string{fmt.Sprintf("pod %s/%s: %s", pod.Namespace, pod.Name, problem)}, nil
		}
		return nil, nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

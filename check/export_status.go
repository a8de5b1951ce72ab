package check

import (
	"context"
	"fmt"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// lookTimeout bounds a look at all sidecars, and askTimeout at one of them.
const (
	lookTimeout = 30 * time.Second
	askTimeout  = 10 * time.Second
)

// LookAtExports returns how to ask the sidecars of a cluster what they export: those of one
// namespace, or of all where none is named. An error means that there is no cluster to ask;
// what else goes wrong is in the answer.
func LookAtExports(configuration func() (*rest.Config, error), namespace string) (exports.Look, error) {
	reader, err := cluster.ConnectTo(configuration)()
	if err != nil {
		return nil, err
	}
	r := &runContext{cluster: reader}
	return func(ctx context.Context) exports.Overview {
		ctx, cancel := context.WithTimeoutCause(ctx, lookTimeout, fmt.Errorf("the cluster did not answer within %s", lookTimeout))
		defer cancel()
		r.cluster.Forget()
		r.now = time.Now()
		return r.overview(ctx, namespace)
	}, nil
}

// overview asks the sidecars of all of Prometheus' pods.
func (r *runContext) overview(ctx context.Context, namespace string) exports.Overview {
	pods, err := r.cluster.PrometheusPods(ctx, namespace)
	if err != nil || len(pods) == 0 {
		o := exports.Sum(r.now, nil)
		o.Verdict = noPods(namespace, err)
		return o
	}
	all := make([]exports.Pod, 0, len(pods))
	for i := range pods {
		all = append(all, r.exportsOfPod(ctx, &pods[i]))
	}
	return exports.Sum(r.now, all)
}

// noPods is the answer where no pod is known.
func noPods(namespace string, err error) exports.Verdict {
	where := "in the cluster"
	if namespace != "" {
		where = "in namespace " + namespace
	}
	switch {
	case err == nil:
		return exports.Verdict{Arriving: exports.NotArriving, Message: "there is no pod of linkerd-viz' Prometheus " + where, Fix: "linkerd gcm check, which says why if there should be one"}
	case apierrors.IsForbidden(err) && namespace == "":
		return exports.Verdict{Arriving: exports.Unknown, Message: err.Error(), Fix: "name the namespace of linkerd-viz: linkerd gcm status --namespace linkerd-viz"}
	case apierrors.IsForbidden(err):
		return exports.Verdict{Arriving: exports.Unknown, Message: err.Error(), Fix: "an administrator grants the permission to list pods, and to get pods/proxy, in that namespace"}
	}
	return exports.Verdict{Arriving: exports.Unknown, Message: err.Error(), Fix: "linkerd gcm check"}
}

// exportsOfPod asks the sidecar of a pod, if there is one that runs.
func (r *runContext) exportsOfPod(ctx context.Context, pod *corev1.Pod) exports.Pod {
	answer := exports.Pod{Namespace: pod.Namespace, Name: pod.Name, Export: exports.Nothing(r.now)}
	container := sidecars.Find(&pod.Spec)
	if container == nil {
		answer.Verdict = r.withoutSidecar(ctx, pod)
		return answer
	}
	answer.Container = container.Name
	status := statusOf(pod, container.Name)
	if status.State.Running == nil {
		answer.Verdict = exports.Verdict{Arriving: exports.NotArriving, Message: notRunning(pod, status)}
		if isBeingStarted(pod, status) {
			answer.Verdict = exports.Verdict{Arriving: exports.Starting, Message: "container " + container.Name + " is being started"}
		}
		return answer
	}
	ctx, cancel := context.WithTimeoutCause(ctx, askTimeout, fmt.Errorf("it did not answer within %s", askTimeout))
	defer cancel()
	export, err := r.exportOf(ctx, pod, container)
	if err != nil {
		answer.Verdict = cannotAsk(pod, err)
		return answer
	}
	answer.Export = export
	return answer
}

// isBeingStarted reports whether nothing is known to keep a container from starting.
func isBeingStarted(pod *corev1.Pod, s corev1.ContainerStatus) bool {
	waiting := s.State.Waiting
	return s.LastTerminationState.Terminated == nil && waiting != nil &&
		(waiting.Reason == "ContainerCreating" || waiting.Reason == "PodInitializing") && podProblem(pod) == ""
}

// withoutSidecar says why a pod has none, as far as the namespace may be read.
func (r *runContext) withoutSidecar(ctx context.Context, pod *corev1.Pod) exports.Verdict {
	v := exports.Verdict{Arriving: exports.NotArriving, Message: "the pod has no sidecar"}
	namespace, err := r.cluster.Namespace(ctx, pod.Namespace)
	switch {
	case err != nil || namespace == nil:
		v.Fix = "linkerd gcm check says why"
	case inject.Requested(namespace.Annotations, pod.Annotations):
		v.Message += ", though it is asked for: it is older than the annotation, or the injector was not reached"
		v.Fix = fmt.Sprintf("kubectl -n %s rollout restart deployment/prometheus; if that does not help, linkerd gcm check says why", pod.Namespace)
	default:
		v.Message += ", and neither its namespace nor the pod asks for one"
		v.Fix = fmt.Sprintf("kubectl annotate namespace %s %s=enabled %s=PROJECT, then kubectl -n %[1]s rollout restart deployment/prometheus",
			pod.Namespace, settings.Inject, settings.ProjectID)
	}
	return v
}

package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

var podChecks = []Check{
	{
		ID: "pods", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane, Retry: true,
		Description: "Prometheus' pods can be made",
		Means:       "A namespace asks for the sidecar, and there is no Prometheus, or Kubernetes cannot make its pods. A refusal of the injector stands here with its reasons.",
		Do:          "Mend what it names; the ReplicaSet tries again by itself.",
		run:         podsExist,
	},
	{
		ID: "injected", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
		Description: "Prometheus' pods carry the sidecar",
		Means:       "A pod was made before the namespace was annotated, while the injector could not be reached, or while the configuration was wrong and `on-invalid` was `admit`.",
		Do:          "`kubectl -n linkerd-viz rollout restart deployment/prometheus`, once the other checks pass.",
		run:         podsAreInjected,
	},
	{
		ID: "foreign-sidecar", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "the sidecars are those of linkerd-gcm",
		Means:       "A pod has a sidecar from linkerd-viz' values, or by another hand. It is left alone: neither annotations nor ConfigMaps matter to it.",
		Do:          "[migration.md](migration.md) says how to hand it over.",
		run:         sidecarsAreOurs,
	},
	{
		ID: "current", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "the sidecars run with the configuration as it is now",
		Means:       "Annotations or ConfigMaps have changed since the pod was made. Neither Prometheus nor the sidecar read them again.",
		Do:          "`kubectl -n linkerd-viz rollout restart deployment/prometheus`",
		run:         sidecarsAreCurrent,
	},
	{
		ID: "sidecar-version", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "the sidecars were injected by the injector's version",
		Means:       "The injector was upgraded since the pod was made. Its version is that in the record of a pod made by dry run or, without the permission to create pods, that of its image.",
		Do:          "Restart Prometheus at leisure; see [Upgrade](#upgrade).",
		run:         versionsOfSidecarsAgree,
	},
	{
		ID: "sidecars", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane, Retry: true,
		Description: "the sidecars are running",
		Means:       "A sidecar cannot start, or ends again and again. The message names the usual cause of its exit code.",
		Do:          "`kubectl -n linkerd-viz logs deployment/prometheus -c stackdriver-prometheus-sidecar --previous`",
		run:         sidecarsRun,
	},
	{
		ID: "restarts", Category: dataPlaneCategory, Severity: Warning, Stage: DataPlane,
		Description: "the sidecars do not restart",
		Means:       "A sidecar runs now, but has ended before, later than in the first minutes of its pod. Counters start anew with each start.",
		Do:          "`kubectl -n linkerd-viz logs deployment/prometheus -c stackdriver-prometheus-sidecar --previous`",
		run:         sidecarsStay,
	},
	{
		ID: "next-pod", Category: dataPlaneCategory, Severity: Error, Stage: DataPlane,
		Description: "a new pod of Prometheus would carry the sidecar",
		Means:       "Tried by dry run, with the template of Prometheus' Deployment: the next pod would be refused, or start without the sidecar. It takes the permission to create pods.",
		Do:          "Mend what the message names.",
		run:         nextPodIsInjected,
	},
}

func podsExist(ctx context.Context, e *examination) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		refusals, err := e.refusals(ctx, v.Name)
		if err != nil {
			return err
		}
		switch {
		case len(refusals) > 0:
			problems = append(problems, refusals...)
		case len(v.pods) == 0:
			problems = append(problems, fmt.Sprintf("namespace %s has no pod labelled component=prometheus: is linkerd-viz' Prometheus switched off (prometheus.enabled=false), or scaled to none?", v.Name))
		}
	}
	return all(problems)
}

// refusals says why the ReplicaSets of Prometheus can't make pods.
func (e *examination) refusals(ctx context.Context, namespace string) ([]string, error) {
	var list appsv1.ReplicaSetList
	if err := e.list(ctx, &list, "replicasets", client.InNamespace(namespace), prometheusLabels, client.Limit(page)); err != nil {
		return nil, err
	}
	var refusals []string
	for _, set := range list.Items {
		for _, c := range set.Status.Conditions {
			if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue {
				refusals = append(refusals, fmt.Sprintf("ReplicaSet %s/%s cannot make a pod: %s", namespace, set.Name, c.Message))
			}
		}
	}
	return refusals, nil
}

// eachPod judges every pod of the namespaces that ask, but for those that don't
// want the sidecar.
func (e *examination) eachPod(ctx context.Context, judge func(vizNamespace, *corev1.Pod, *corev1.Container) ([]string, error)) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range asking {
		for i := range v.pods {
			pod := &v.pods[i]
			if !inject.Requested(v.Annotations, pod.Annotations) {
				continue
			}
			looked = true
			found, err := judge(v, pod, stackdriver.Find(&pod.Spec))
			if err != nil {
				return err
			}
			problems = append(problems, found...)
		}
	}
	if !looked {
		return errNotApplicable
	}
	return all(problems)
}

func podsAreInjected(ctx context.Context, e *examination) error {
	return e.eachPod(ctx, func(v vizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container != nil {
			return nil, nil
		}
		return []string{fmt.Sprintf("pod %s/%s has no sidecar: %s; run %s", v.Name, pod.Name, v.whyNot(pod), v.restart())}, nil
	})
}

// whyNot is why a pod was probably not injected.
func (v vizNamespace) whyNot(pod *corev1.Pod) string {
	if at, known := v.annotatedAt(); known && pod.CreationTimestamp.Time.Before(at) {
		return "it is older than the annotation of its namespace"
	}
	if v.Annotations[settings.OnInvalidConfiguration] == string(settings.Admit) {
		return "the injector could not be reached when it was made, or its configuration was wrong and on-invalid is admit"
	}
	return "the injector could not be reached when it was made"
}

func sidecarsAreOurs(ctx context.Context, e *examination) error {
	return e.eachPod(ctx, func(v vizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if _, recorded := pod.Annotations[settings.Status]; recorded || container == nil {
			return nil, nil
		}
		return []string{fmt.Sprintf("pod %s/%s has a container %s that linkerd-gcm did not add: remove it from linkerd-viz' values and upgrade linkerd-viz, and the injector adds its own",
			v.Name, pod.Name, container.Name)}, nil
	})
}

func sidecarsAreCurrent(ctx context.Context, e *examination) error {
	return e.eachRecord(ctx, func(v vizNamespace, pod *corev1.Pod, record patches.Record) (string, error) {
		c, err := e.configuration(ctx, v, pod)
		if err != nil {
			return "", err
		}
		whole, single, err := c.Hash()
		if err != nil {
			return "", err
		}
		if whole == record.Hash {
			return "", nil
		}
		return fmt.Sprintf("runs with an outdated configuration, since %s: run %s", changed(record.ConfigMaps, single), v.restart()), nil
	})
}

// changed says what is no longer what it was when the record was made.
func changed(was, is map[string]string) string {
	var names []string
	for name := range maps.Keys(is) {
		if was[name] != is[name] {
			names = append(names, name)
		}
	}
	for name := range maps.Keys(was) {
		if _, there := is[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return "the annotations, or the injector's default image, have changed"
	case 1:
		return "ConfigMap " + names[0] + " has changed"
	default:
		return "ConfigMaps " + strings.Join(names, " and ") + " have changed"
	}
}

func versionsOfSidecarsAgree(ctx context.Context, e *examination) error {
	looked := false
	err := e.eachRecord(ctx, func(v vizNamespace, _ *corev1.Pod, record patches.Record) (string, error) {
		running, err := e.injectorVersion(ctx, v)
		if err != nil || running == "" {
			return "", err
		}
		looked = true
		if labelled(record.Version) == labelled(running) {
			return "", nil
		}
		return fmt.Sprintf("was injected by version %s, and the injector is %s: run %s when it suits you", record.Version, running, v.restart()), nil
	})
	if err == nil && !looked {
		return errNotApplicable
	}
	return err
}

// injectorVersion is what the injector writes in the record of a pod today; where
// no pod can be tried, the version that its image is tagged with, if the chart says
// so, too. It is "" where neither tells.
func (e *examination) injectorVersion(ctx context.Context, v vizNamespace) (string, error) {
	deployments, err := e.deployments(ctx, v.Name)
	if err != nil {
		return "", err
	}
	for i := range deployments {
		pod, err := e.try(ctx, &deployments[i])
		var record patches.Record
		if err == nil && json.Unmarshal([]byte(pod.Annotations[settings.Status]), &record) == nil {
			return record.Version, nil
		}
	}
	i, err := e.installation(ctx)
	if err != nil || i.deployment == nil {
		return "", err
	}
	version := i.deployment.Labels[versionLabel]
	for _, c := range i.deployment.Spec.Template.Spec.Containers {
		if strings.HasSuffix(c.Image, ":"+version) {
			return version, nil
		}
	}
	return "", nil
}

// eachRecord judges the record of each pod that we have injected.
func (e *examination) eachRecord(ctx context.Context, judge func(vizNamespace, *corev1.Pod, patches.Record) (string, error)) error {
	looked := false
	err := e.eachPod(ctx, func(v vizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		text, recorded := pod.Annotations[settings.Status]
		if !recorded || container == nil {
			return nil, nil
		}
		looked = true
		var record patches.Record
		problem := ""
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			problem = fmt.Sprintf("has an annotation %s that cannot be read (%s): run %s", settings.Status, err, v.restart())
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

func sidecarsRun(ctx context.Context, e *examination) error {
	return e.eachSidecar(ctx, notRunning)
}

func sidecarsStay(ctx context.Context, e *examination) error {
	return e.eachSidecar(ctx, restarted)
}

// eachSidecar judges the state of each sidecar.
func (e *examination) eachSidecar(ctx context.Context, judge func(*corev1.Pod, corev1.ContainerStatus) string) error {
	looked := false
	err := e.eachPod(ctx, func(_ vizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
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

// statusOf returns the status of a container, an empty one where there is none yet.
func statusOf(pod *corev1.Pod, name string) corev1.ContainerStatus {
	for _, s := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses) {
		if s.Name == name {
			return s
		}
	}
	return corev1.ContainerStatus{Name: name}
}

func nextPodIsInjected(ctx context.Context, e *examination) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	var problems []string
	looked := false
	for _, v := range asking {
		deployments, err := e.deployments(ctx, v.Name)
		if err != nil {
			return err
		}
		for _, d := range deployments {
			pod := podOf(&d)
			if !viz.IsPrometheus(pod) || !inject.Requested(v.Annotations, pod.Annotations) {
				continue
			}
			looked = true
			tried, err := e.try(ctx, &d)
			if err != nil && !refused(err) {
				return fmt.Errorf("creating a pod by dry run: %w", err)
			}
			if problem := becomes(tried, err); problem != "" {
				problems = append(problems, fmt.Sprintf("a new pod of Deployment %s/%s %s", v.Name, d.Name, problem))
			}
		}
	}
	if !looked {
		return errNotApplicable
	}
	return all(problems)
}

// deployments lists those of Prometheus.
func (c *cluster) deployments(ctx context.Context, namespace string) ([]appsv1.Deployment, error) {
	var list appsv1.DeploymentList
	err := c.list(ctx, &list, "deployments", client.InNamespace(namespace), prometheusLabels, client.Limit(page))
	return list.Items, err
}

// podOf is the pod that a Deployment would make.
func podOf(d *appsv1.Deployment) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, GenerateName: d.Name + "-",
			Labels: d.Spec.Template.Labels, Annotations: d.Spec.Template.Annotations,
		},
		Spec: d.Spec.Template.Spec,
	}
}

// trial is what the API server has made of a pod by dry run.
type trial struct {
	pod *corev1.Pod
	err error
}

// try makes the next pod of a Deployment by dry run, once.
func (e *examination) try(ctx context.Context, d *appsv1.Deployment) (*corev1.Pod, error) {
	key := d.Namespace + "/" + d.Name
	if done, tried := e.trials[key]; tried {
		return done.pod, done.err
	}
	pod := podOf(d)
	err := e.client.Create(ctx, pod, client.DryRunAll)
	e.trials[key] = trial{pod, err}
	return pod, err
}

// refused tells whether the API server has anything against an object, rather than
// against who asks, or no answer at all.
func refused(err error) bool {
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && (!isForbidden(err) || refusedByPolicy(err))
}

// refusedByPolicy tells a refusal of admission from one for want of a permission,
// which has the same code.
func refusedByPolicy(err error) bool {
	return slices.ContainsFunc([]string{"admission webhook", "PodSecurity", "exceeded quota", "being terminated"}, func(words string) bool {
		return strings.Contains(err.Error(), words)
	})
}

// becomes says what the API server has made of a pod.
func becomes(pod *corev1.Pod, err error) string {
	switch {
	case err != nil:
		return "would be refused: " + err.Error()
	case stackdriver.Find(&pod.Spec) == nil:
		return "would start without the sidecar: the injector cannot be reached, or the configuration is wrong and on-invalid is admit"
	default:
		return ""
	}
}

package check

import (
	"context"
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestJudgeNextPod(t *testing.T) {
	forbidden := func(words string) error {
		return apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "p", errors.New(words))
	}
	plain := &corev1.Pod{}
	injected := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: stackdriver.Name}}}}
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		err     error
		refused bool
		want    string
	}{
		"injected":                {pod: injected},
		"not injected":            {pod: plain, want: "would start without the sidecar: there is no webhook configuration"},
		"refused by us":           {plain, forbidden(`admission webhook "gcm-injector.linkerd.io" denied the request`), true, "would be refused: "},
		"refused by Pod Security": {plain, forbidden(`violates PodSecurity "restricted:latest"`), true, "would be refused: "},
		"refused by a quota":      {plain, forbidden("exceeded quota: pods"), true, "would be refused: "},
		"forbidden to who asks":   {plain, forbidden(`User "me" cannot create resource "pods"`), false, "would be refused: "},
		"not a valid pod":         {plain, apierrors.NewBadRequest("spec.containers: Required value"), true, "would be refused: spec.containers"},
		"no answer":               {plain, context.DeadlineExceeded, false, "would be refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeNextPod(cluster.DryRun{Pod: test.pod, Err: test.err}, cluster.Installation{}, cluster.VizNamespace{}); (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.err != nil && isRefused(test.err) != test.refused {
				t.Errorf("refused: %v", !test.refused)
			}
		})
	}
}

// Of two checks that meet the same refusal, the first one names its reason.
func TestARefusalIsNamedOnce(t *testing.T) {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "prometheus"}}
	deployment.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: prometheusPod().ObjectMeta, Spec: prometheusPod().Spec}
	for name, test := range map[string]struct {
		set  *appsv1.ReplicaSet
		want []string // of the checks "pods" and "next-pod"
	}{
		"no pod could be created": {replicaSet(corev1.ConditionTrue), []string{
			"the next one would be refused, too: the reason",
			"a new pod of Deployment linkerd-viz/prometheus would be refused, for the reason named above",
		}},
		"nobody has tried": {replicaSet(corev1.ConditionFalse), []string{
			"", "a new pod of Deployment linkerd-viz/prometheus would be refused: the reason",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			refusing := fake.NewClientBuilder().WithObjects(askingNamespace(), prometheusPod(), deployment, test.set).
				WithInterceptorFuncs(interceptor.Funcs{Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
					return apierrors.NewBadRequest("the reason")
				}}).Build()
			r := &runContext{cluster: cluster.New(refusing, nil)}
			for i, c := range []Check{podsCheck, nextPodCheck} {
				expect(t, test.want[i], c.run(t.Context(), r))
			}
		})
	}
}

func TestWhyTheNextPodIsNotInjected(t *testing.T) {
	plain := &corev1.Pod{}
	installed := cluster.Installation{Mutating: mutatingConfiguration("linkerd-gcm")}
	namespace := func(label string) cluster.VizNamespace {
		return cluster.VizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Name: "linkerd-viz", Labels: map[string]string{names.OptOutLabel: label},
		}}}
	}
	for name, test := range map[string]struct {
		warnings []string
		label    string
		want     string
	}{
		"the configuration is wrong": {
			[]string{"some other warning", "the pod starts without the sidecar, because its configuration is wrong", "POD005: it is missing"}, "",
			"would start without the sidecar: the pod starts without the sidecar, because its configuration is wrong; POD005: it is missing",
		},
		"kept away": {nil, "disabled", "would start without the sidecar: the injector is not asked; namespace linkerd-viz is labelled "},
		"no answer": {nil, "", "would start without the sidecar: the injector has not answered, and failurePolicy is Ignore"},
	} {
		if got := judgeNextPod(cluster.DryRun{Pod: plain, Warnings: test.warnings}, installed, namespace(test.label)); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

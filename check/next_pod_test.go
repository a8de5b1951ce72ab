package check

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
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
		"not injected":            {pod: plain, want: "would start without the sidecar"},
		"refused by us":           {plain, forbidden(`admission webhook "gcm-injector.linkerd.io" denied the request`), true, "would be refused: "},
		"refused by Pod Security": {plain, forbidden(`violates PodSecurity "restricted:latest"`), true, "would be refused: "},
		"refused by a quota":      {plain, forbidden("exceeded quota: pods"), true, "would be refused: "},
		"forbidden to who asks":   {plain, forbidden(`User "me" cannot create resource "pods"`), false, "would be refused: "},
		"not a valid pod":         {plain, apierrors.NewBadRequest("spec.containers: Required value"), true, "would be refused: spec.containers"},
		"no answer":               {plain, context.DeadlineExceeded, false, "would be refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeNextPod(cluster.DryRun{Pod: test.pod, Err: test.err}); (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.err != nil && isRefused(test.err) != test.refused {
				t.Errorf("refused: %v", !test.refused)
			}
		})
	}
}

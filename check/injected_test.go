package check

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestWhyNotInjected(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	annotated := func(raw string) []metav1.ManagedFieldsEntry {
		return []metav1.ManagedFieldsEntry{{Time: ptr.To(metav1.NewTime(begin)), FieldsV1: metav1.NewFieldsV1(raw)}}
	}
	const ours = `{"f:metadata":{"f:annotations":{"f:gcm.linkerd.io/inject":{}}}}`
	for name, test := range map[string]struct {
		fields      []metav1.ManagedFieldsEntry
		annotations map[string]string
		made        time.Duration
		want        string
	}{
		"older than the annotation": {annotated(ours), nil, -time.Hour, "it is older than the annotation of its namespace"},
		"younger":                   {annotated(ours), nil, time.Hour, "the injector could not be reached, or could not decide, when it was made"},
		"nobody knows when":         {nil, nil, -time.Hour, "the injector could not be reached, or could not decide, when it was made"},
		"other fields don't count":  {annotated(`{"f:metadata":{}}`), nil, -time.Hour, "the injector could not be reached, or could not decide, when it was made"},
		"it may have been let pass": {
			annotated(ours), map[string]string{settings.OnInvalidConfiguration: "admit"}, time.Hour,
			"the injector could not be reached, or could not decide, when it was made, or its configuration was wrong and on-invalid is admit",
		},
	} {
		v := cluster.VizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{ManagedFields: test.fields, Annotations: test.annotations}}}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(begin.Add(test.made))}}
		if got := whyNotInjected(v, pod); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

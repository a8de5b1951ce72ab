package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/patches"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestWhatTheInjectorMakesHasNoFinding(t *testing.T) {
	pod := changed(t)
	pod.Spec.Containers = pod.Spec.Containers[:1]
	pod.Spec.Volumes = pod.Spec.Volumes[:1]
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: annotations}, lint.Annotated{}, settings.Defaults{})
	in.SidecarConfig = text("sidecar.yml", "metric_renames:\n- from: linkerd_job:a\n  to: a\n")
	in.SidecarConfig.Object.Name = settings.DefaultSidecarConfigMap
	in.Pod = pod
	if got := inPod(lint.Checked(t, in)); got != nil {
		t.Errorf("before injection: %q", got)
	}
	prometheus, err := podspec.ReadPrometheus(pod.Spec, &pod.Spec.Containers[0])
	if err != nil {
		t.Fatal(err)
	}
	pod.Spec.Containers = append(pod.Spec.Containers, patches.Container(in.Settings, prometheus))
	pod.Spec.Volumes = append(pod.Spec.Volumes, patches.Volumes(in.Settings)...)
	if got := inPod(lint.Checked(t, in)); got != nil {
		t.Errorf("after injection: %q", got)
	}
	in.SidecarConfig.Object.Name = "another"
	if diff := cmp.Diff([]string{"CFG001 warning containers[1].args[0] 1:15+16"}, inPod(lint.Checked(t, in))); diff != "" {
		t.Errorf("with another ConfigMap (-want +got):\n%s", diff)
	}
}

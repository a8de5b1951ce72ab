package check

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// waitingPod is a pod whose sidecar waits for a reason.
func waitingPod(reason string) *corev1.Pod {
	pod := prometheusPod("gcm-exporter")
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "gcm-exporter", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}}
	return pod
}

func TestOverview(t *testing.T) {
	second := exportingPod("gcm-exporter")
	second.Name = "prometheus-2"
	for name, test := range map[string]struct {
		objects     []client.Object
		texts       map[string]string
		arriving    exports.Arrival
		message, do string
	}{
		"there is no pod":            {nil, nil, exports.NotArriving, "there is no pod of linkerd-viz' Prometheus in the cluster", "linkerd gcm check"},
		"nobody asks for a sidecar":  {[]client.Object{namespaceOf(names.VizExtension, "linkerd-viz"), prometheusPod()}, nil, exports.NotArriving, "no sidecar, and neither", "kubectl annotate namespace linkerd-viz gcm.linkerd.io/inject=enabled gcm.linkerd.io/project-id=PROJECT"},
		"the pod is older":           {[]client.Object{askingNamespace(), prometheusPod()}, nil, exports.NotArriving, "though it is asked for", "kubectl -n linkerd-viz rollout restart deployment/prometheus"},
		"the image cannot be pulled": {[]client.Object{askingNamespace(), waitingPod("ImagePullBackOff")}, nil, exports.NotArriving, "its image cannot be pulled", ""},
		"it is being started":        {[]client.Object{askingNamespace(), waitingPod("ContainerCreating")}, nil, exports.Starting, "container gcm-exporter is being started", ""},
		"it exports":                 {[]client.Object{askingNamespace(), exportingPod("gcm-exporter")}, reported(t, func(*status.Report) {}), exports.Arriving, "Google accepted the last point 0s ago", ""},
		"its status page is off": {[]client.Object{askingNamespace(), exportingPod("gcm-exporter")}, map[string]string{statusPath: "", metricsPath: metricsText("100", "10", "5", "5", "7") + "gcm_exporter_accepted_timestamp_seconds 3\n"}, exports.NotArriving,
			"Google accepted the last point", ""},
		"a policy forbids it":   {[]client.Object{askingNamespace(), exportingPod("gcm-exporter")}, nil, exports.Unknown, "does not let the API server in", "kubectl -n linkerd-viz port-forward pod/prometheus-1 9091"},
		"Google's has exported": {[]client.Object{askingNamespace(), exportingPod(stackdriver.Name)}, map[string]string{metricsPath: metricsText("100", "10", "5", "5", "7")}, exports.Unknown, "Google has accepted 5 samples since", "--watch"},
		"one of two answers":    {[]client.Object{askingNamespace(), exportingPod("gcm-exporter"), second}, reported(t, func(*status.Report) {}), exports.Unknown, "1 of 2 pods; linkerd-viz/prometheus-2: the pod does not let the API server in", "port-forward"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &runContext{cluster: clusterServing(t, test.texts, test.objects...), now: time.Now()}
			got := r.overview(t.Context(), "")
			if got.Arriving != test.arriving || !strings.Contains(got.Message, test.message) || !strings.Contains(got.Fix, test.do) {
				t.Errorf("got %+v, want %s, %q, %q", got.Verdict, test.arriving, test.message, test.do)
			}
		})
	}
}

func TestWhoCannotAskIsToldWhatToDo(t *testing.T) {
	pod := prometheusPod("gcm-exporter")
	for name, test := range map[string]struct {
		err         error
		message, do string
	}{
		"the permission is missing": {
			apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "prometheus-1:9091", errors.New(`User "jane" cannot get resource "pods/proxy" in API group "" in the namespace "linkerd-viz"`)),
			"cannot be asked", "kubectl -n linkerd-viz create rolebinding linkerd-gcm-status --role=linkerd-gcm-status --user=jane"},
		"Linkerd's policy": {apierrors.NewForbidden(schema.GroupResource{}, "", errors.New("unknown")), "as a policy of Linkerd forbids", "port-forward"},
		"nobody answers":   {apierrors.NewServiceUnavailable("connection refused"), "connection refused", "port-forward"},
	} {
		if got := cannotAsk(pod, test.err); got.Arriving != exports.Unknown || !strings.Contains(got.Message, test.message) || !strings.Contains(got.Fix, test.do) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestWhoMayNotListPodsIsToldWhatToDo(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New(`User "jane" cannot list resource "pods"`))
	for namespace, want := range map[string]string{"": "--namespace linkerd-viz", "linkerd-viz": "the permission to list pods"} {
		if got := noPods(namespace, forbidden); got.Arriving != exports.Unknown || !strings.Contains(got.Fix, want) {
			t.Errorf("%q: got %+v", namespace, got)
		}
	}
	if got := noPods("other", nil); !strings.Contains(got.Message, "in namespace other") {
		t.Errorf("got %+v", got)
	}
}

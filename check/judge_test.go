package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/linkerd-gcm/linkerd-gcm/internal/testca"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// says fails the test where a problem is not what is wanted, "" for none.
func says(t *testing.T, want string, problem error) {
	t.Helper()
	if want == "" && problem != nil || want != "" && (problem == nil || !strings.Contains(problem.Error(), want)) {
		t.Errorf("got %v, want %q", problem, want)
	}
}

func TestJudgeVersion(t *testing.T) {
	const wanted = ">=1.30.0-0"
	for running, want := range map[string]string{
		"v1.30.0":              "",
		"v1.34.4":              "",
		"v1.33.4-gke.1036000":  "",
		"v1.31.2+k3s1":         "",
		"v1.29.9":              "the cluster runs Kubernetes v1.29.9",
		"v1.29.14-gke.1018000": "upgrade the cluster",
		"rolling":              "not checked",
	} {
		says(t, want, judgeVersion(running, wanted))
	}
}

func TestJudgeDeployment(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*appsv1.Deployment)
		want   string
	}{
		"ready":                  {func(*appsv1.Deployment) {}, ""},
		"scaled to none":         {func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](0) }, "is scaled to no replicas"},
		"one replica by default": {func(d *appsv1.Deployment) { d.Spec.Replicas = nil }, ""},
		"not seen yet":           {func(d *appsv1.Deployment) { d.Generation = 8 }, "is being rolled out"},
		"half rolled out":        {func(d *appsv1.Deployment) { d.Status.UpdatedReplicas = 1 }, "1 of 2 replicas are new"},
		"half ready":             {func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }, "1 of 2 replicas of Deployment linkerd-gcm/gcm-injector are ready"},
		"refused by a quota": {func(d *appsv1.Deployment) {
			d.Status.UpdatedReplicas = 0
			d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"}}
		}, "exceeded quota"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "gcm-injector", Generation: 7},
				Spec:       appsv1.DeploymentSpec{Replicas: ptr.To[int32](2)},
				Status:     appsv1.DeploymentStatus{ObservedGeneration: 7, UpdatedReplicas: 2, AvailableReplicas: 2},
			}
			test.change(d)
			says(t, test.want, judgeDeployment(d))
		})
	}
}

func TestJudgeTrial(t *testing.T) {
	open, closed := admissionv1.Ignore, admissionv1.Fail
	for name, test := range map[string]struct {
		err      error
		warnings []string
		policy   *admissionv1.FailurePolicyType
		want     string
		doubtful bool
	}{
		"the injector has warned": {warnings: []string{"spec.x is deprecated", `SET002: annotation gcm.linkerd.io/sidecar-log-level of the namespace is "dry-run-of-linkerd-gcm-check"`}},
		"it has warned, and another webhook refuses": {
			err: errors.New(`admission webhook "x" denied the request`), warnings: []string{"is dry-run-of-linkerd-gcm-check"},
		},
		"the injector has refused": {err: errors.New(`admission webhook "gcm-validator.linkerd.io" denied the request: SET002`)},
		"it was passed over":       {policy: &open, want: "did without the injector"},
		"it was not asked":         {policy: &closed, want: "did not ask the injector"},
		"Fail is the default":      {want: "did not ask the injector"},
		"it cannot be called": {
			err:    errors.New(`Internal error occurred: failed calling webhook "gcm-validator.linkerd.io": no endpoints available`),
			policy: &closed, want: "no endpoints available",
		},
		"who asks may not create namespaces": {err: errForbidden, want: "creating a namespace by dry run"},
		"another webhook refuses": {
			err: fmt.Errorf(`admission webhook "x" denied the request: %w`, errForbidden), want: "for another reason", doubtful: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := installation{namespace: "linkerd-gcm", validating: &admissionv1.ValidatingWebhookConfiguration{
				Webhooks: []admissionv1.ValidatingWebhook{{FailurePolicy: test.policy}},
			}}
			got := judgeTrial(test.err, test.warnings, i)
			says(t, test.want, got)
			if doubtful := errors.As(got, &doubt{}); doubtful != test.doubtful {
				t.Errorf("%v is a doubt: %v", got, doubtful)
			}
		})
	}
}

func TestJudgeAge(t *testing.T) {
	begin := time.Now()
	ca := testca.New(t, testca.Valid(begin, begin.Add(100*time.Hour)))
	for age, want := range map[time.Duration]string{
		0:                      "",
		66 * time.Hour:         "", // renewal is due
		80 * time.Hour:         "",
		81 * time.Hour:         "has only 19h0m0s left of 100h0m0s",
		100*time.Hour + 1:      "", // judged as expired
		-time.Hour:             "",
		99*time.Hour + 50*60e9: "has only 10m0s left",
	} {
		c := certificate{Certificate: ca.Certificate, of: "a test"}
		says(t, want, all(c.judgeAge(c.NotBefore.Add(age))))
	}
}

func TestJudgeCertificate(t *testing.T) {
	ca := testca.New(t)
	leaf := certificate{Certificate: ca.Issue(t, "gcm-injector.linkerd-gcm.svc").Certificate, of: "a test", serving: true}
	now := leaf.NotBefore.Add(time.Minute)
	for name, test := range map[string]struct {
		host string
		now  time.Time
		want string
	}{
		"valid":         {"gcm-injector.linkerd-gcm.svc", now, ""},
		"another name":  {"gcm-injector.other.svc", now, "is for gcm-injector.linkerd-gcm.svc, and the API server calls the injector gcm-injector.other.svc"},
		"expired":       {"gcm-injector.linkerd-gcm.svc", leaf.NotAfter.Add(time.Second), "has expired at"},
		"not valid yet": {"gcm-injector.linkerd-gcm.svc", leaf.NotBefore.Add(-time.Second), "is not valid before"},
	} {
		t.Run(name, func(t *testing.T) { says(t, test.want, all(leaf.judge([]string{test.host}, test.now))) })
	}
	authority := certificate{Certificate: ca.Certificate, of: "a test"}
	says(t, "", all(authority.judge([]string{"any.svc"}, now)))
}

func TestJudgeBundles(t *testing.T) {
	ca, other := testca.New(t), testca.New(t)
	leaf := certificate{Certificate: ca.Issue(t, "x").Certificate, of: "a test", serving: true}
	authority := certificate{Certificate: ca.Certificate, of: "a test"}
	now := leaf.NotBefore.Add(time.Minute)
	for name, test := range map[string]struct {
		bundle []byte
		now    time.Time
		want   string
	}{
		"the CA":                     {ca.CertificatePEM(), now, ""},
		"the CA after another one":   {append(other.CertificatePEM(), ca.CertificatePEM()...), now, ""},
		"none":                       {nil, now, "has no caBundle"},
		"garbage":                    {[]byte("garbage"), now, "holds no certificate"},
		"another CA":                 {other.CertificatePEM(), now, "does not verify the certificate of a test"},
		"an expired leaf is trusted": {ca.CertificatePEM(), leaf.NotAfter.Add(time.Hour), ""},
		"so is one of tomorrow":      {ca.CertificatePEM(), leaf.NotBefore.Add(-time.Minute), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []certificate{leaf, authority} {
				says(t, test.want, all(judgeBundles([]endpoint{{name: "w", bundle: test.bundle}}, []certificate{c}, test.now)))
			}
		})
	}
}

func TestJudgeCertificates(t *testing.T) {
	of := func(conditions ...certmanager.CertificateCondition) certmanager.Certificate {
		return certmanager.Certificate{
			ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "c"}, Status: certmanager.CertificateStatus{Conditions: conditions},
		}
	}
	issuing := certmanager.CertificateCondition{Type: certmanager.CertificateConditionIssuing, Status: cmmeta.ConditionTrue}
	for want, c := range map[string]certmanager.Certificate{
		"":                                  of(issuing, certmanager.CertificateCondition{Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionTrue}),
		"not ready: no issuer":              of(certmanager.CertificateCondition{Type: certmanager.CertificateConditionReady, Status: cmmeta.ConditionFalse, Message: "no issuer"}),
		"cert-manager has not looked at it": of(issuing),
	} {
		says(t, want, all(judgeCertificates([]certmanager.Certificate{c})))
	}
}

func TestSidecarStates(t *testing.T) {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	waiting := func(reason string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "a message"}}
	}
	ended := func(code int32, reason string) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}}
	}
	begin := metav1.Now()
	endedAfter := func(since time.Duration) corev1.ContainerState {
		state := ended(1, "Error")
		state.Terminated.FinishedAt = metav1.NewTime(begin.Add(since))
		return state
	}
	unscheduled := []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available"}}
	for name, test := range map[string]struct {
		status              corev1.ContainerStatus
		conditions          []corev1.PodCondition
		running, restarting string
	}{
		"it runs":                     {status: corev1.ContainerStatus{State: running, Ready: true}},
		"it is not ready":             {status: corev1.ContainerStatus{State: running}, running: "is not ready"},
		"wrong flags":                 {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: ended(2, "Error")}, running: "exit code 2 (Error): its flags, its configuration file or a selector are wrong"},
		"no log yet":                  {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: ended(1, "Error")}, running: "there was no write-ahead log"},
		"a failure at run time":       {status: corev1.ContainerStatus{State: ended(0, "Completed")}, running: "it may not write in the directory"},
		"out of memory":               {status: corev1.ContainerStatus{State: ended(137, "OOMKilled")}, running: "raise gcm.linkerd.io/sidecar-memory-limit"},
		"another kind of processor":   {status: corev1.ContainerStatus{State: ended(128, "StartError")}, running: "kind of processor"},
		"an end that nobody knows":    {status: corev1.ContainerStatus{State: ended(3, "Error")}, running: "see its log"},
		"no image":                    {status: corev1.ContainerStatus{State: waiting("ImagePullBackOff")}, running: "its image cannot be pulled: see gcm.linkerd.io/sidecar-image; a message"},
		"no Secret":                   {status: corev1.ContainerStatus{State: waiting("CreateContainerConfigError")}, running: "something that it mounts does not exist"},
		"it is being made":            {status: corev1.ContainerStatus{State: waiting("ContainerCreating")}, running: "has not started"},
		"no node":                     {conditions: unscheduled, running: "it is on no node: 0/3 nodes are available"},
		"nothing is known":            {running: "has not started: see kubectl -n linkerd-viz describe pod p"},
		"it has restarted":            {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 1}, restarting: "has restarted once"},
		"it has restarted, and why":   {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 3, LastTerminationState: ended(0, "Completed")}, restarting: "has restarted 3 times: it ended with exit code 0 (Completed): it ends so after every failure"},
		"it came before Prometheus":   {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 2, LastTerminationState: endedAfter(20 * time.Second)}},
		"how it came is forgotten":    {status: corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: begin}}, Ready: true, RestartCount: 1}},
		"it lost its log later":       {status: corev1.ContainerStatus{State: running, Ready: true, RestartCount: 1, LastTerminationState: endedAfter(time.Hour)}, restarting: "has restarted once: it ended with exit code 1"},
		"what is down does not count": {status: corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), RestartCount: 3, LastTerminationState: ended(0, "Completed")}, running: "exit code 0"},
	} {
		t.Run(name, func(t *testing.T) {
			test.status.Name = "sidecar"
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-viz", Name: "p"},
				Status:     corev1.PodStatus{StartTime: &begin, Conditions: test.conditions, ContainerStatuses: []corev1.ContainerStatus{test.status}},
			}
			for _, one := range []struct{ want, got string }{
				{test.running, notRunning(pod, statusOf(pod, "sidecar"))}, {test.restarting, restarted(pod, statusOf(pod, "sidecar"))},
			} {
				if (one.want == "") != (one.got == "") || !strings.Contains(one.got, one.want) {
					t.Errorf("got %q, want %q", one.got, one.want)
				}
			}
		})
	}
}

func TestChanged(t *testing.T) {
	for name, test := range map[string]struct {
		was, is map[string]string
		want    string
	}{
		"nothing of the ConfigMaps": {map[string]string{"a/k": "1"}, map[string]string{"a/k": "1"}, "the annotations, or the injector's default image, have changed"},
		"one text":                  {map[string]string{"a/k": "1", "b/k": "2"}, map[string]string{"a/k": "1", "b/k": "3"}, "ConfigMap b/k has changed"},
		"one is gone":               {map[string]string{"a/k": "1"}, nil, "ConfigMap a/k has changed"},
		"another one":               {map[string]string{"a/k": "1"}, map[string]string{"b/k": "1"}, "ConfigMaps a/k and b/k have changed"},
	} {
		if got := changed(test.was, test.is); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestWhyNot(t *testing.T) {
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
		"younger":                   {annotated(ours), nil, time.Hour, "the injector could not be reached when it was made"},
		"nobody knows when":         {nil, nil, -time.Hour, "the injector could not be reached when it was made"},
		"other fields don't count":  {annotated(`{"f:metadata":{}}`), nil, -time.Hour, "the injector could not be reached when it was made"},
		"it may have been let pass": {
			annotated(ours), map[string]string{settings.OnInvalidConfiguration: "admit"}, time.Hour,
			"the injector could not be reached when it was made, or its configuration was wrong and on-invalid is admit",
		},
	} {
		v := vizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{ManagedFields: test.fields, Annotations: test.annotations}}}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(begin.Add(test.made))}}
		if got := v.whyNot(pod); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestWhoAsks(t *testing.T) {
	enabled, disabled := map[string]string{settings.Inject: "enabled"}, map[string]string{settings.Inject: "disabled"}
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		want           bool
	}{
		"nobody":                             {nil, nil, false},
		"the namespace":                      {enabled, nil, true},
		"the pod":                            {nil, enabled, true},
		"the namespace, and the pod doesn't": {enabled, disabled, true},
		"the pod, and the namespace doesn't": {disabled, enabled, true},
	} {
		v := vizNamespace{
			PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Annotations: test.namespace}},
			pods:                  []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Annotations: test.pod}}},
		}
		if got := v.asks(); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestSummary(t *testing.T) {
	var findings []lint.Finding
	for i := range 7 {
		findings = append(findings, lint.Finding{Rule: "R", Severity: lint.Error, Message: fmt.Sprint(i)})
	}
	findings = append(findings, lint.Finding{Rule: "W", Severity: lint.Warning, Message: "odd"})
	want := []string{"namespace v has 7 errors, which linkerd gcm lint --namespace v shows in full:", "R: 0", "R: 1", "R: 2", "R: 3", "R: 4", "and 2 more"}
	if diff := cmp.Diff(want, summary("v", findings, lint.Error)); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	want = []string{"namespace v has 1 warning, which linkerd gcm lint --namespace v shows in full:", "W: odd"}
	if diff := cmp.Diff(want, summary("v", findings, lint.Warning)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := summary("v", findings[:7], lint.Warning); got != nil {
		t.Errorf("got %q of no warnings", got)
	}
}

func TestJudgeLocation(t *testing.T) {
	nodes := []metav1.PartialObjectMetadata{
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelTopologyRegion: "us-central1", corev1.LabelTopologyZone: "us-central1-a"}}},
		{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{corev1.LabelTopologyRegion: "us-central1", corev1.LabelTopologyZone: "us-central1-b"}}},
	}
	for location, want := range map[string]string{
		"us-central1": "", "us-central1-b": "", "": "",
		"europe-west4": "the nodes are in us-central1, us-central1-a, us-central1-b",
	} {
		v := vizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "v", Annotations: map[string]string{settings.Location: location}}}}
		if location == "" {
			v.Annotations = nil
		}
		says(t, want, all(judgeLocation(v, nodes)))
		says(t, "", all(judgeLocation(v, nil)))
	}
}

func TestJudgeResourceLabels(t *testing.T) {
	namespace := map[string]string{settings.Location: "here"}
	v := vizNamespace{PartialObjectMetadata: &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "v", Annotations: namespace}}}
	says(t, "has no annotation gcm.linkerd.io/cluster-name", all(judgeResourceLabels(v)))
	v.pods = []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{settings.ClusterName: "c"}}}}
	says(t, "", all(judgeResourceLabels(v)))
}

func TestIsGKE(t *testing.T) {
	for version, want := range map[string]bool{"v1.33.4-gke.1036000": true, "v1.33.4": false, "v1.33.4-eks-1": false} {
		if isGKE(version) != want {
			t.Errorf("%s: got %v", version, !want)
		}
	}
}

func TestHosts(t *testing.T) {
	i := installation{
		mutating: &admissionv1.MutatingWebhookConfiguration{Webhooks: []admissionv1.MutatingWebhook{
			{ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "gcm"}}},
		}},
		validating: &admissionv1.ValidatingWebhookConfiguration{Webhooks: []admissionv1.ValidatingWebhook{
			{ClientConfig: admissionv1.WebhookClientConfig{Service: &admissionv1.ServiceReference{Namespace: "gcm"}}},
			{ClientConfig: admissionv1.WebhookClientConfig{URL: ptr.To("https://192.0.2.7:10250/validate-config")}},
		}},
	}
	if diff := cmp.Diff([]string{"192.0.2.7", "gcm-injector.gcm.svc"}, i.hosts()); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestBecomes(t *testing.T) {
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
		"injected":                 {pod: injected},
		"passed over":              {pod: plain, want: "would start without the sidecar"},
		"refused by us":            {plain, forbidden(`admission webhook "gcm-injector.linkerd.io" denied the request`), true, "would be refused: "},
		"refused by Pod Security":  {plain, forbidden(`violates PodSecurity "restricted:latest"`), true, "would be refused: "},
		"refused by a quota":       {plain, forbidden("exceeded quota: pods"), true, "would be refused: "},
		"forbidden to who asks":    {plain, forbidden(`User "me" cannot create resource "pods"`), false, "would be refused: "},
		"refused since it is none": {plain, apierrors.NewBadRequest("spec.containers: Required value"), true, "would be refused: spec.containers"},
		"no answer":                {plain, context.DeadlineExceeded, false, "would be refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := becomes(test.pod, test.err); (got == "") != (test.want == "") || !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.err != nil && refused(test.err) != test.refused {
				t.Errorf("refused: %v", !test.refused)
			}
		})
	}
}

package inject

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const container = `{"name":"prometheus","args":["--storage.tsdb.path=/data"],"volumeMounts":[{"name":"data","mountPath":"/data"}]}`

// podJSON is a pod of Prometheus.
func podJSON(annotations, containers string) string {
	if annotations == "" {
		annotations = "{}"
	}
	return `{"metadata":{"labels":{"linkerd.io/extension":"viz","component":"prometheus"},"annotations":` + annotations +
		`},"spec":{"containers":[` + containers + `]}}`
}

var configured = map[string]*corev1.ConfigMap{
	settings.DefaultRulesConfigMap:   {Data: map[string]string{"recording_rules.yml": "groups: []"}},
	settings.DefaultSidecarConfigMap: {BinaryData: map[string][]byte{"sidecar.yml": []byte("{}")}},
}

// podDecision is the part of a Decision that these tests look at.
type podDecision struct {
	Operations int
	Outcome    Outcome
	Reason     Reason
	// Says is part of a problem.
	Says string
}

func TestPods(t *testing.T) {
	for name, test := range map[string]struct {
		pod       string
		namespace injecttest.Namespace
		want      podDecision
	}{
		"a pod of somebody else's": {
			pod:  `{"metadata":{"labels":{"component":"prometheus"}}}`,
			want: podDecision{Outcome: Skipped, Reason: NotPrometheus},
		},
		"the mirror of a static pod": {
			pod:       podJSON(`{"kubernetes.io/config.mirror":"x"}`, container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want:      podDecision{Outcome: Skipped, Reason: NotPrometheus},
		},
		"nobody asks for the sidecar": {
			pod:  podJSON("", container),
			want: podDecision{Outcome: Skipped, Reason: NotAnnotated},
		},
		"the pod opts out": {
			pod:       podJSON(`{"gcm.linkerd.io/inject":"disabled"}`, container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want:      podDecision{Outcome: Skipped, Reason: NotAnnotated},
		},
		"the pod opts in": {
			pod:       podJSON(`{"gcm.linkerd.io/inject":"enabled"}`, container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.Inject, "disabled"), ConfigMaps: configured},
			want:      podDecision{Operations: 4, Outcome: Injected, Reason: Complete},
		},
		"the namespace opts in": {
			pod:       podJSON("", container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: configured},
			want:      podDecision{Operations: 4, Outcome: Injected, Reason: Complete},
		},
		"injected before, and nothing is read": {
			pod:       podJSON(`{"gcm.linkerd.io/status":"{}"}`, container+`,{"name":"stackdriver-prometheus-sidecar"}`),
			namespace: injecttest.Namespace{Err: errors.New("not to be read")},
			want:      podDecision{Outcome: Skipped, Reason: AlreadyInjected},
		},
		"a sidecar by hand": {
			pod:       podJSON("", container+`,{"name":"sidecar","image":"x/stackdriver-prometheus-sidecar"}`),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want:      podDecision{Outcome: Skipped, Reason: SidecarPresent},
		},
		"a misspelt value": {
			pod:       podJSON("", container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.Inject, "enable")},
			want: podDecision{Outcome: Denied, Reason: InvalidSettings,
				Says: `annotation gcm.linkerd.io/inject of the namespace is "enable": want enabled or disabled`},
		},
		"a misspelt value, admitted": {
			pod:       podJSON("", container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.ProjectID, "X", settings.OnInvalidConfiguration, "admit")},
			want: podDecision{Outcome: Bypassed, Reason: InvalidSettings,
				Says: `annotation gcm.linkerd.io/project-id of the namespace is "X"`},
		},
		"no ConfigMap": {
			pod:       podJSON("", container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want: podDecision{Outcome: Denied, Reason: InvalidConfiguration,
				Says: "ConfigMap linkerd-viz/linkerd-prometheus-recording-rules does not exist; create it"},
		},
		"no such key": {
			pod:       podJSON("", container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.SidecarConfig, settings.DefaultRulesConfigMap), ConfigMaps: configured},
			want: podDecision{Outcome: Denied, Reason: InvalidConfiguration,
				Says: `ConfigMap linkerd-viz/linkerd-prometheus-recording-rules has no key "sidecar.yml", only [recording_rules.yml]`},
		},
		"a WAL on no volume": {
			pod:       podJSON("", `{"name":"prometheus","args":["--storage.tsdb.path=/elsewhere"]}`),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: configured},
			want:      podDecision{Outcome: Denied, Reason: Reason(podspec.WALNotOnVolume), Says: "/elsewhere/wal"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var pod corev1.Pod
			if err := json.Unmarshal([]byte(test.pod), &pod); err != nil {
				t.Fatal(err)
			}
			d, err := Decider{Reader: test.namespace, Version: "v1.2.3"}.DecidePod(t.Context(), "linkerd-viz", &pod)
			if err != nil {
				t.Fatal(err)
			}
			got := podDecision{Operations: len(d.Operations), Outcome: d.Outcome, Reason: d.Reason, Says: strings.Join(d.Problems, "\n")}
			if strings.Contains(got.Says, test.want.Says) {
				got.Says = test.want.Says
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if !slices.Contains(PodReasons[d.Outcome], d.Reason) {
				t.Errorf("the table of reasons lacks %s for %s", d.Reason, d.Outcome)
			}
			if wrong := d.Outcome == Denied || d.Outcome == Bypassed; wrong != (len(d.Problems) > 0) {
				t.Errorf("%s with the problems %q", d.Outcome, d.Problems)
			}
		})
	}
}

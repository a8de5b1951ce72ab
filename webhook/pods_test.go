package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const container = `{"name":"prometheus","args":["--storage.tsdb.path=/data"],"volumeMounts":[{"name":"data","mountPath":"/data"}]}`

// podJSON is a pod of Prometheus.
func podJSON(containers string) string {
	return `{"metadata":{"labels":{"linkerd.io/extension":"viz","component":"prometheus"}},"spec":{"containers":[` + containers + `]}}`
}

// announced remembers what the owner was told.
type announced struct{ outcomes []inject.Outcome }

func (a *announced) Announce(_ context.Context, _ string, _ *corev1.Pod, d inject.Decision) {
	a.outcomes = append(a.outcomes, d.Outcome)
}

func TestPodHandler(t *testing.T) {
	type answer struct {
		Allowed    bool
		Operations int
		Outcome    inject.Outcome
		Reason     inject.Reason
		// Says is what the refusal or the first warning contains.
		Says string
	}
	for name, test := range map[string]struct {
		pod       string
		namespace injecttest.Namespace
		// allowed are the images that the sidecar may run.
		allowed []string
		want    answer
	}{
		"a pod of somebody else's": {
			pod:  `{"metadata":{"labels":{"component":"prometheus"}}}`,
			want: answer{Allowed: true, Outcome: inject.Skipped, Reason: inject.NotPrometheus},
		},
		"nobody asks for the sidecar": {
			pod:  podJSON(container),
			want: answer{Allowed: true, Outcome: inject.Skipped, Reason: inject.NotAnnotated},
		},
		"the namespace opts in": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want:      answer{Allowed: true, Operations: 4, Outcome: inject.Injected, Reason: inject.Complete},
		},
		"a sidecar by hand": {
			pod:       podJSON(container + `,{"name":"sidecar","image":"x/stackdriver-prometheus-sidecar"}`),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want:      answer{Allowed: true, Outcome: inject.Skipped, Reason: inject.SidecarPresent},
		},
		"a misspelt value": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.Inject, "enable")},
			want: answer{Outcome: inject.Denied, Reason: inject.InvalidSettings,
				Says: `annotation gcm.linkerd.io/inject of the namespace is "enable": want enabled or disabled. Fix this, or annotate the namespace with gcm.linkerd.io/on-invalid=admit`},
		},
		"a misspelt value, admitted": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.ProjectID, "X", settings.OnInvalidConfiguration, "admit")},
			want: answer{Allowed: true, Outcome: inject.Bypassed, Reason: inject.InvalidSettings,
				Says: "the pod starts without the sidecar, because its configuration is wrong"},
		},
		"an image that is on the list": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			allowed:   []string{"registry.example.com/"},
			want:      answer{Allowed: true, Operations: 4, Outcome: inject.Injected, Reason: inject.Complete},
		},
		"an image that is not on the list": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			allowed:   []string{"registry.example.com/team/"},
			want: answer{Outcome: inject.Denied, Reason: inject.InvalidSettings,
				Says: "annotation gcm.linkerd.io/sidecar-image of the namespace is \"registry.example.com/stackdriver-prometheus-sidecar:0.10.1\": the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/; use one of them, or have the image added to the list"},
		},
		"an image that is not on the list, admitted without the sidecar": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(settings.OnInvalidConfiguration, "admit"), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			allowed:   []string{"registry.example.com/team/"},
			want: answer{Allowed: true, Outcome: inject.Bypassed, Reason: inject.InvalidSettings,
				Says: "the pod starts without the sidecar, because its configuration is wrong"},
		},
		"a WAL on no volume": {
			pod:       podJSON(`{"name":"prometheus","args":["--storage.tsdb.path=/elsewhere"]}`),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want:      answer{Outcome: inject.Denied, Reason: inject.Reason(podspec.WALNotOnVolume), Says: "/elsewhere/wal"},
		},
		"a pod with too many values": {
			pod:       podJSON(strings.Repeat(container+",", maxValues) + container),
			namespace: injecttest.Namespace{Annotations: injecttest.Annotations()},
			want: answer{Allowed: true, Outcome: inject.Failed, Reason: inject.TooLarge,
				Says: "the pod starts without the sidecar, because it is too large: "},
		},
		"a failing read": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Err: errors.New("connection refused")},
			want: answer{Allowed: true, Outcome: inject.Failed, Reason: inject.ReadFailed,
				Says: "because the injector failed: reading namespace linkerd-viz: connection refused"},
		},
		"a panic": {
			pod:       podJSON(container),
			namespace: injecttest.Namespace{Broken: true},
			want:      answer{Allowed: true, Outcome: inject.Failed, Reason: inject.Panicked, Says: "because the injector failed: panic"},
		},
		"no pod at all": {
			pod:  `{"metadata":[]}`,
			want: answer{Allowed: true, Outcome: inject.Failed, Reason: inject.Undecodable, Says: "because the injector failed: decoding the pod"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			metrics, err := NewMetrics(registry)
			if err != nil {
				t.Fatal(err)
			}
			events := &announced{}
			h := &PodHandler{Decider: inject.Decider{Reader: test.namespace, Defaults: injecttest.Allowing(t, test.allowed...), Version: "v1.2.3"}, Events: events, Metrics: metrics, Turns: NewTurns()}
			response := h.Handle(t.Context(), request(test.pod, false))

			outcome, reason := counted(t, registry, "false")
			got := answer{Allowed: response.Allowed, Operations: len(response.Patches), Outcome: outcome, Reason: reason}
			said := strings.Join(append([]string{response.Result.Message}, response.Warnings...), "\n")
			if strings.Contains(said, test.want.Says) {
				got.Says = test.want.Says
			} else {
				got.Says = said
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if !slices.Contains(inject.PodReasons[outcome], reason) {
				t.Errorf("the table of reasons lacks %s for %s", reason, outcome)
			}
			h.Handle(t.Context(), request(test.pod, true))
			if tried, why := counted(t, registry, "true"); tried != outcome || why != reason {
				t.Errorf("a dry run counts as %s, %s", tried, why)
			}
			if diff := cmp.Diff([]inject.Outcome{outcome}, events.outcomes); diff != "" {
				t.Errorf("announced, also on dry-run? (-want +got):\n%s", diff)
			}
		})
	}
}

func request(pod string, dryRun bool) admission.Request {
	return admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		UID: "uid", Namespace: "linkerd-viz", DryRun: &dryRun, Object: runtime.RawExtension{Raw: json.RawMessage(pod)},
	}}
}

// counted returns how the one admission was counted, of dry runs or of the others.
func counted(t *testing.T, registry *prometheus.Registry, dryRun string) (inject.Outcome, inject.Reason) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var found []map[string]string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, pair := range metric.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			if metric.GetCounter().GetValue() > 0 && labels["dry_run"] == dryRun {
				found = append(found, labels)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("want one admission counted, got %v", found)
	}
	return inject.Outcome(found[0]["outcome"]), inject.Reason(found[0]["reason"])
}

package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const noSelector = `{__name__=~linkerd_job:.+}`

// answered is the answer to whoever changes the configuration.
type answered struct {
	Allowed bool
	Outcome inject.Outcome
	Reason  inject.Reason
	// Says are what refusal and warnings contain, one after the other.
	Says []string
}

func namespaceChange(before, after map[string]string) admissionv1.AdmissionRequest {
	request := admissionv1.AdmissionRequest{Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Namespace"}, Name: "linkerd-viz", Operation: admissionv1.Create}
	if before != nil {
		request.Operation = admissionv1.Update
		request.OldObject = raw(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-viz", Annotations: before}})
	}
	request.Object = raw(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "linkerd-viz", Annotations: after}})
	return request
}

// configMapChange is a change of the one key of a ConfigMap; an empty key is a ConfigMap
// without keys, and an empty text stands for a missing ConfigMap.
func configMapChange(name, key, before, after string) admissionv1.AdmissionRequest {
	request := admissionv1.AdmissionRequest{Kind: metav1.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, Namespace: "linkerd-viz", Name: name, Operation: admissionv1.Update}
	if before == "" {
		request.Operation = admissionv1.Create
	} else {
		request.OldObject = raw(&corev1.ConfigMap{Data: map[string]string{key: before}})
	}
	switch {
	case after == "":
		request.Operation = admissionv1.Delete
	case key == "":
		request.Object = raw(&corev1.ConfigMap{})
	default:
		request.Object = raw(&corev1.ConfigMap{Data: map[string]string{key: after}})
	}
	return request
}

func rulesChange(before, after string) admissionv1.AdmissionRequest {
	return configMapChange(settings.DefaultRulesConfigMap, "recording_rules.yml", before, after)
}

func configChange(before, after string) admissionv1.AdmissionRequest {
	return configMapChange(settings.DefaultSidecarConfigMap, "sidecar.yml", before, after)
}

func raw(object any) runtime.RawExtension {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return runtime.RawExtension{Raw: text}
}

func TestConfigurationHandler(t *testing.T) {
	badConfig := strings.Replace(injecttest.Config, "to: linkerd_request_rate", "to: linkerd:request_rate", 1)
	for name, test := range map[string]struct {
		request   admissionv1.AdmissionRequest
		namespace injecttest.Namespace
		// allowed are the images that the sidecar may run.
		allowed []string
		want    answered
	}{
		"annotating before anything else is there": {
			request: namespaceChange(map[string]string{}, injecttest.Located()),
			want: answered{true, inject.Accepted, inject.Valid, []string{
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules does not exist; create it",
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist; create it"}},
		},
		"a namespace that is made with its annotations": {
			request: namespaceChange(nil, injecttest.Located()), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{true, inject.Accepted, inject.Valid, nil},
		},
		"a selector that is not valid": {
			request: namespaceChange(injecttest.Located(), injecttest.Located(settings.Include, "{__name__=~\"linkerd_job:.+\"}\n"+noSelector)), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{
				"SEL001: annotation gcm.linkerd.io/include of Namespace linkerd-viz, line 2: selector " + noSelector + ":"}},
		},
		"a selector that is not valid, where invalid configuration is admitted": {
			request: namespaceChange(nil, injecttest.Located(settings.Include, noSelector, settings.OnInvalidConfiguration, "admit")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{true, inject.Bypassed, inject.InvalidSettings, []string{"SEL001: "}},
		},
		"wrong annotations that ask for nothing": {
			request: namespaceChange(map[string]string{}, map[string]string{settings.Include: noSelector, settings.Location: "<REGION>"}),
			want:    answered{true, inject.Skipped, inject.NotAnnotated, []string{"SEL001: annotation gcm.linkerd.io/include", "CFG006: annotation gcm.linkerd.io/location"}},
		},
		"removing all annotations": {
			request: namespaceChange(injecttest.Located(settings.Include, noSelector), map[string]string{}),
			want:    answered{true, inject.Skipped, inject.NotAnnotated, nil},
		},
		"a change that is not ours, and nothing is read": {
			request: namespaceChange(injecttest.Located(settings.Include, noSelector), injecttest.Located(settings.Include, noSelector, "team", "a")), namespace: injecttest.Namespace{Err: errors.New("not to be read")},
			want: answered{true, inject.Skipped, inject.Unchanged, nil},
		},
		"breaking a second annotation": {
			request: namespaceChange(injecttest.Located(settings.Include, noSelector), injecttest.Located(settings.Include, noSelector, settings.Location, "<REGION>")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{"CFG006: ", "still wrong: SEL001: "}},
		},
		"a ConfigMap before the other one": {
			request: rulesChange("", injecttest.Rules), namespace: injecttest.Namespace{Annotations: injecttest.Located()},
			want: answered{true, inject.Accepted, inject.Valid, []string{"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist"}},
		},
		"a bad rename": {
			request: configChange(injecttest.Config, badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a bad rename that moves to another line": {
			request: configChange(badConfig, "# a comment\n"+badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 4: "}},
		},
		"a ConfigMap without anything": {
			request: configMapChange(settings.DefaultSidecarConfigMap, "", "", "nothing"), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("")},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{`CFG001: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only []`}},
		},
		"the new name first, so that the rule can follow": {
			request: configChange(injecttest.Config, strings.Replace(injecttest.Config, "request", "response", 1)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{true, inject.Accepted, inject.Inconsistent, []string{"wrong with this change: REN001: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules, recording_rules.yml, line 4: "}},
		},
		"labels alone": {
			request: configChange(badConfig, badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: answered{true, inject.Skipped, inject.Unchanged, nil},
		},
		"deleting a ConfigMap in use": {
			request: configChange(injecttest.Config, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: answered{true, inject.Accepted, inject.InUse, []string{"the annotations of namespace linkerd-viz name ConfigMap linkerd-prometheus-sidecar-config"}},
		},
		"an image that is not on the list": {
			request: namespaceChange(injecttest.Located(settings.SidecarImage, "registry.example.com/team/sidecar:0.10.1"), injecttest.Located()), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			allowed: []string{"registry.example.com/team/"},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{
				`POD012: annotation gcm.linkerd.io/sidecar-image of the namespace is "registry.example.com/stackdriver-prometheus-sidecar:0.10.1": the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/; use one of them`}},
		},
		"another change, where the image was not on the list before": {
			request: namespaceChange(injecttest.Located(), injecttest.Located(settings.SidecarLogLevel, "debug")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			allowed: []string{"registry.example.com/team/"},
			want:    answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: POD012: "}},
		},
		"an image that is not on the list, where nobody asks for the sidecar": {
			request: namespaceChange(nil, injecttest.Located(settings.Inject, "disabled")),
			allowed: []string{"registry.example.com/team/"},
			want:    answered{true, inject.Skipped, inject.NotAnnotated, nil},
		},
		"a failing read": {
			request: configChange("", badConfig), namespace: injecttest.Namespace{Err: errors.New("connection refused")},
			want: answered{true, inject.Failed, inject.ReadFailed, []string{"the change is made without being checked, because the injector failed: reading namespace linkerd-viz: connection refused"}},
		},
		"a panic": {
			request: configChange("", badConfig), namespace: injecttest.Namespace{Broken: true},
			want: answered{true, inject.Failed, inject.Panicked, []string{"because the injector failed: panic"}},
		},
		"a kind that nobody asked about": {
			request: admissionv1.AdmissionRequest{Kind: metav1.GroupVersionKind{Kind: "Secret"}, Namespace: "linkerd-viz"},
			want:    answered{true, inject.Failed, inject.Undecodable, []string{`the request is about a "Secret"`}},
		},
		"no namespace at all": {
			request: admissionv1.AdmissionRequest{Kind: metav1.GroupVersionKind{Kind: "Namespace"}, Object: runtime.RawExtension{Raw: []byte(`{"metadata":[]}`)}},
			want:    answered{true, inject.Failed, inject.Undecodable, []string{"because the injector failed: decoding the Namespace"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			metrics, err := NewMetrics(registry)
			if err != nil {
				t.Fatal(err)
			}
			h := &ConfigurationHandler{Decider: inject.Decider{Reader: test.namespace, Defaults: injecttest.Allowing(t, test.allowed...)}, Metrics: metrics, Turns: NewTurns()}
			response := h.Handle(t.Context(), admission.Request{AdmissionRequest: test.request})
			got := answered{Allowed: response.Allowed}
			got.Outcome, got.Reason = counted(t, registry, "false")
			got.Says = said(response, test.want.Says)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if !slices.Contains(inject.ChangeReasons[got.Outcome], got.Reason) {
				t.Errorf("the table of reasons lacks %s for %s", got.Reason, got.Outcome)
			}
		})
	}
}

// said returns the refusal and the warnings, each as the part that is wanted of it
// where it has that.
func said(response admission.Response, want []string) []string {
	var all []string
	if !response.Allowed {
		all = strings.Split(response.Result.Message, "; and ")
	}
	all = append(all, response.Warnings...)
	for i := range all {
		if i < len(want) && strings.Contains(all[i], want[i]) {
			all[i] = want[i]
		}
	}
	return all
}

func TestWarningsReachTheUser(t *testing.T) {
	long := slices.Repeat([]string{strings.Repeat("ä", 300)}, 50)
	got := truncate(long, lintNamespace("linkerd-viz"))
	total := 0
	for _, warning := range got {
		total += len(warning)
		if len(warning) > maxWarning {
			t.Errorf("a warning of %d bytes", len(warning))
		}
	}
	if last := got[len(got)-1]; total > maxTotal || last != "and 35 more: run linkerd-gcm lint --namespace linkerd-viz" {
		t.Errorf("%d bytes, %d warnings, the last is %q", total, len(got), last)
	}
	short := slices.Repeat([]string{"x"}, 25)
	if got := truncate(short, lintNamespace("viz")); len(got) != maxWarnings+1 || got[maxWarnings] != "and 5 more: run linkerd-gcm lint --namespace viz" {
		t.Errorf("got %q", got)
	}
	if got := truncate(short[:20], lintFile); len(got) != 20 {
		t.Errorf("20 warnings need no shortening, got %d", len(got))
	}
}

func TestWhatTellsMoreNamesTheNamespace(t *testing.T) {
	var config strings.Builder
	config.WriteString(injecttest.Config)
	for i := range 30 {
		fmt.Fprintf(&config, "k%d: 1\n", i)
	}
	admit := injecttest.Located(settings.OnInvalidConfiguration, "admit")
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]admissionv1.AdmissionRequest{
		"a ConfigMap": configChange("", config.String()), "a namespace": namespaceChange(nil, admit),
	} {
		h := &ConfigurationHandler{Decider: inject.Decider{Reader: injecttest.Namespace{Annotations: admit, ConfigMaps: injecttest.ConfigMaps(config.String())}}, Metrics: metrics, Turns: NewTurns()}
		warnings := h.Handle(t.Context(), admission.Request{AdmissionRequest: request}).Warnings
		const want = ": run linkerd-gcm lint --namespace linkerd-viz"
		if len(warnings) == 0 || !strings.HasSuffix(warnings[len(warnings)-1], want) {
			t.Errorf("%s: want the last warning to end with %q, got %q", name, want, warnings)
		}
	}
}

func TestARefusalIsTruncated(t *testing.T) {
	problems := slices.Repeat([]string{"x"}, 1000)
	if got := join(problems, lintFile); !strings.HasSuffix(got, "; x; and 980 more: run linkerd-gcm lint -f FILE") || strings.Count(got, "x") != maxProblems || len(problems) != 1000 || problems[maxProblems] != "x" {
		t.Errorf("got %q", got)
	}
	if got := join(problems[:21], lintFile); !strings.HasSuffix(got, "; x; and 1 more: run linkerd-gcm lint -f FILE") {
		t.Errorf("got %q", got)
	}
	if got := join(problems[:20], lintFile); strings.Contains(got, "more") {
		t.Errorf("got %q", got)
	}
}

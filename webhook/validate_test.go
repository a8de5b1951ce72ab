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
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	rulesText  = "groups:\n- name: linkerd\n  rules:\n  - record: linkerd_job:request_rate:5m\n    expr: sum by (job, instance, namespace, pod) (rate(request_total[5m]))\n"
	configText = "metric_renames:\n- from: linkerd_job:request_rate:5m\n  to: linkerd_request_rate\n"
	noSelector = `{__name__=~linkerd_job:.+}`
)

// misspelt is meant to be settings.Inject.
const misspelt = "gcm.linkerd.io/injct"

// typedTwice gives the metric a type that does not hold, and one that does.
func typedTwice(first string) string {
	return configText + "static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: " + first + "\n- metric: linkerd_job:request_rate:5m\n  type: gauge\n"
}

// labelled are rules that add a number of labels.
func labelled(n int) string {
	text := rulesText + "    labels:\n"
	for i := range n {
		text += fmt.Sprintf("      own_%d: x\n", i)
	}
	return text
}

// answered is what somebody who changes the configuration gets to see.
type answered struct {
	Allowed bool
	Outcome inject.Outcome
	Reason  inject.Reason
	// Says are what refusal and warnings contain, one after the other.
	Says []string
}

func located(more ...string) map[string]string {
	return annotated(append([]string{settings.Location, "us-central1", settings.ClusterName, "my-cluster"}, more...)...)
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

// configMapChange is a change of the one key of a ConfigMap; "" is none, and no
// text is no ConfigMap.
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

// having are the ConfigMaps of a cluster; the one that "" stands for does not exist.
func having(config string) map[string]*corev1.ConfigMap {
	all := map[string]*corev1.ConfigMap{
		settings.DefaultRulesConfigMap: {Data: map[string]string{"recording_rules.yml": rulesText}},
	}
	if config != "" {
		all[settings.DefaultSidecarConfigMap] = &corev1.ConfigMap{Data: map[string]string{"sidecar.yml": config}}
	}
	return all
}

// both adds a ConfigMap to others.
func both(others map[string]*corev1.ConfigMap, name, key, text string) map[string]*corev1.ConfigMap {
	others[name] = &corev1.ConfigMap{Data: map[string]string{key: text}}
	return others
}

func TestConfigurationHandler(t *testing.T) {
	badConfig := strings.Replace(configText, "to: linkerd_request_rate", "to: linkerd:request_rate", 1)
	twice := strings.Replace(configText, "to: linkerd_request_rate", "to: a\n- from: linkerd_job:request_rate:5m\n  to: b", 1)
	worseConfig := badConfig + "static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: Gauge\n"
	for name, test := range map[string]struct {
		request admissionv1.AdmissionRequest
		source  source
		want    answered
	}{
		"annotating before anything else is there": {
			request: namespaceChange(map[string]string{}, located()),
			want: answered{true, inject.Accepted, inject.Valid, []string{
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules does not exist; create it",
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist; create it"}},
		},
		"a namespace that is made with its annotations": {
			request: namespaceChange(nil, located()), source: source{configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.Valid, nil},
		},
		"a selector that is none": {
			request: namespaceChange(located(), located(settings.Include, "{__name__=~\"linkerd_job:.+\"}\n"+noSelector)), source: source{configMaps: having(configText)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{
				"SEL001: annotation gcm.linkerd.io/include of Namespace linkerd-viz, line 2: selector " + noSelector + ":"}},
		},
		"a selector that is none, where invalid configuration is admitted": {
			request: namespaceChange(nil, located(settings.Include, noSelector, settings.OnInvalidConfiguration, "admit")), source: source{configMaps: having(configText)},
			want: answered{true, inject.Bypassed, inject.InvalidSettings, []string{"SEL001: "}},
		},
		"switching on what is broken": {
			request: namespaceChange(map[string]string{}, located()), source: source{configMaps: having(badConfig)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a misspelt value of the switch": {
			request: namespaceChange(map[string]string{}, located(settings.Inject, "enable")), source: source{configMaps: having(configText)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{`SET002: annotation gcm.linkerd.io/inject of the namespace is "enable": want enabled or disabled`}},
		},
		"a misspelt switch, which asks for nothing": {
			request: namespaceChange(map[string]string{}, map[string]string{misspelt: "enabled"}),
			want:    answered{false, inject.Denied, inject.InvalidSettings, []string{"SET001: annotation gcm.linkerd.io/injct of the namespace is \"enabled\": there is no such annotation; the nearest is gcm.linkerd.io/inject"}},
		},
		"a misspelt switch of before": {
			request: namespaceChange(map[string]string{misspelt: "enabled"}, map[string]string{misspelt: "enabled", settings.Location: "us-central1"}),
			want:    answered{true, inject.Skipped, inject.NotAnnotated, []string{"still wrong: SET001: annotation gcm.linkerd.io/injct"}},
		},
		"switching off beside a misspelt annotation": {
			request: namespaceChange(located(misspelt, "x"), located(misspelt, "x", settings.Inject, "disabled")), source: source{configMaps: having(configText)},
			want: answered{true, inject.Skipped, inject.NotAnnotated, []string{"still wrong: SET001: annotation gcm.linkerd.io/injct"}},
		},
		"wrong annotations that ask for nothing": {
			request: namespaceChange(map[string]string{}, map[string]string{settings.Include: noSelector, settings.Location: "<REGION>"}),
			want:    answered{true, inject.Skipped, inject.NotAnnotated, []string{"SEL001: annotation gcm.linkerd.io/include", "CFG006: annotation gcm.linkerd.io/location"}},
		},
		"switching off what is broken": {
			request: namespaceChange(located(settings.Include, noSelector), located(settings.Inject, "disabled")), source: source{configMaps: having(badConfig)},
			want: answered{true, inject.Skipped, inject.NotAnnotated, nil},
		},
		"removing all annotations": {
			request: namespaceChange(located(settings.Include, noSelector), map[string]string{}),
			want:    answered{true, inject.Skipped, inject.NotAnnotated, nil},
		},
		"a change that is none of ours, and nothing is read": {
			request: namespaceChange(located(settings.Include, noSelector), located(settings.Include, noSelector, "team", "a")), source: source{err: errors.New("not to be read")},
			want: answered{true, inject.Skipped, inject.Unchanged, nil},
		},
		"mending one of two annotations": {
			request: namespaceChange(located(settings.Include, noSelector, settings.Location, "<REGION>"), located(settings.Include, noSelector)), source: source{configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: SEL001: "}},
		},
		"breaking a second annotation": {
			request: namespaceChange(located(settings.Include, noSelector), located(settings.Include, noSelector, settings.Location, "<REGION>")), source: source{configMaps: having(configText)},
			want: answered{false, inject.Denied, inject.InvalidSettings, []string{"CFG006: ", "still wrong: SEL001: "}},
		},
		"a ConfigMap before the other one": {
			request: rulesChange("", rulesText), source: source{annotations: located()},
			want: answered{true, inject.Accepted, inject.Valid, []string{"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist"}},
		},
		"the other one": {
			request: configChange("", configText), source: source{annotations: located(), configMaps: having("")},
			want: answered{true, inject.Accepted, inject.Valid, nil},
		},
		"a ConfigMap without the key that is asked for": {
			request: configMapChange(settings.DefaultSidecarConfigMap, "sidecar.yaml", "", configText), source: source{annotations: located(), configMaps: having("")},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{`CFG001: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only [sidecar.yaml]`}},
		},
		"a bad rename": {
			request: configChange(configText, badConfig), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a bad rename that moves to another line": {
			request: configChange(badConfig, "# a comment\n"+badConfig), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 4: "}},
		},
		"a mistake whose message names a line that moves": {
			request: configChange(twice, "# a comment\n"+twice), source: source{annotations: located(), configMaps: having(twice)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REN004: "}},
		},
		"a second mistake": {
			request: configChange(badConfig, worseConfig), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"MET002: ", "still wrong: REN007: "}},
		},
		"the same mistake a second time": {
			request: configChange(badConfig, badConfig+strings.SplitN(badConfig, "\n", 2)[1]), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN007: ", "still wrong: REN007: ", "REN004: "}},
		},
		"one of two mistakes mended": {
			request: configChange(worseConfig, badConfig), source: source{annotations: located(), configMaps: having(worseConfig)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REN007: "}},
		},
		"one mistake for another of its kind": {
			request: configChange(badConfig, strings.Replace(badConfig, "to: linkerd:", "to: linkerd-", 1)), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REN007: "}},
		},
		"the same mistake in another ConfigMap": {
			request: namespaceChange(located(settings.SidecarConfig, "mine"), located()),
			source:  source{configMaps: both(having(badConfig), "mine", "sidecar.yml", badConfig)},
			want:    answered{false, inject.Denied, inject.InvalidSettings, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a mistake above one that moves": {
			request: configChange(twice, strings.Replace(twice, "\n", "\n- {from: up, to: p}\n- {from: up, to: q}\n", 1)),
			source:  source{annotations: located(settings.Include, "up\nlinkerd_job:request_rate:5m"), configMaps: having(twice)},
			want:    answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN004: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 2: ", "still wrong: REN004: "}},
		},
		"a ConfigMap without anything": {
			request: configMapChange(settings.DefaultSidecarConfigMap, "", "", "nothing"), source: source{annotations: located(), configMaps: having("")},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{`CFG001: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only []`}},
		},
		"one mistake for another": {
			request: configChange(badConfig, configText+"static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: Gauge\n"), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"MET002: "}},
		},
		"a warning that becomes an error": {
			request: configChange(typedTwice("gauge"), typedTwice("unknown")), source: source{annotations: located(), configMaps: having(typedTwice("gauge"))},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"MET009: "}},
		},
		"two of many labels taken away": {
			request: rulesChange(labelled(12), labelled(11)), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: REC007: "}},
		},
		"a text that can be read again": {
			request: configChange("metric_renames: [\n", badConfig), source: source{annotations: located(), configMaps: having("metric_renames: [\n")},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"wrong before, and seen only now: REN007: "}},
		},
		"a text of another shape that can be read again": {
			request: configChange("metric_renames: 1\n", badConfig), source: source{annotations: located(), configMaps: having("metric_renames: 1\n")},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"wrong before, and seen only now: REN007: "}},
		},
		"a text that still cannot be read, and is worse": {
			request: configChange("metric_renames: 1\n", "metric_renames: 1\nrenames: []\n"), source: source{annotations: located(), configMaps: having("metric_renames: 1\n")},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"CFG002: ", "still wrong: CFG003: "}},
		},
		"rules that can be read again": {
			request: rulesChange(strings.Replace(rulesText, "[5m]", "[5m", 1), strings.Replace(rulesText, "job, ", "", 1)), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"wrong before, and seen only now: REC002: "}},
		},
		"a text that still cannot be read": {
			request: configChange("metric_renames: [\n", "metric_renames: {\n"), source: source{annotations: located(), configMaps: having("metric_renames: [\n")},
			want: answered{true, inject.Accepted, inject.NoWorse, []string{"still wrong: CFG003: "}},
		},
		"a text that can no longer be read": {
			request: configChange(badConfig, "metric_renames: ["), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"CFG003: "}},
		},
		"the new name first, so that the rule can follow": {
			request: configChange(configText, strings.Replace(configText, "request", "response", 1)), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.Inconsistent, []string{"wrong with this change: REN001: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules, recording_rules.yml, line 4: "}},
		},
		"a rule that nothing renames": {
			request: rulesChange(rulesText, strings.Replace(rulesText, "request_rate", "rate", 1)), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN001: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules, recording_rules.yml, line 4: "}},
		},
		"labels alone": {
			request: configChange(badConfig, badConfig), source: source{annotations: located(), configMaps: having(badConfig)},
			want: answered{true, inject.Skipped, inject.Unchanged, nil},
		},
		"a ConfigMap that nothing refers to": {
			request: configMapChange("others", "sidecar.yml", "", badConfig), source: source{annotations: located()},
			want: answered{true, inject.Skipped, inject.Unreferenced, nil},
		},
		"a ConfigMap of a namespace that asks for nothing": {
			request: configChange("", badConfig), source: source{annotations: map[string]string{}},
			want: answered{true, inject.Skipped, inject.NotAnnotated, nil},
		},
		"a ConfigMap that another annotation names": {
			request: configMapChange("mine", "sidecar.yml", "", badConfig), source: source{annotations: located(settings.SidecarConfig, "mine"), configMaps: having("")},
			want: answered{false, inject.Denied, inject.InvalidConfiguration, []string{"REN007: ConfigMap linkerd-viz/mine, sidecar.yml, line 3: "}},
		},
		"deleting a ConfigMap in use": {
			request: configChange(configText, ""), source: source{annotations: located(), configMaps: having(configText)},
			want: answered{true, inject.Accepted, inject.InUse, []string{"the annotations of namespace linkerd-viz name ConfigMap linkerd-prometheus-sidecar-config"}},
		},
		"deleting a ConfigMap that nothing refers to": {
			request: configMapChange("others", "a", "b", ""), source: source{annotations: located()},
			want: answered{true, inject.Skipped, inject.Unreferenced, nil},
		},
		"a failing read": {
			request: configChange("", badConfig), source: source{err: errors.New("connection refused")},
			want: answered{true, inject.Failed, inject.ReadFailed, []string{"the change is made without being checked, because the injector failed: reading namespace linkerd-viz: connection refused"}},
		},
		"a panic": {
			request: configChange("", badConfig), source: source{broken: true},
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
			h := &ConfigurationHandler{Decider: inject.Decider{Reader: test.source}, Metrics: metrics}
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

// said are refusal and warnings, each as the piece that is wanted of it where it
// contains that.
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
	got := bounded(long, lintNamespace("linkerd-viz"))
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
	if got := bounded(short, lintNamespace("viz")); len(got) != maxWarnings+1 || got[maxWarnings] != "and 5 more: run linkerd-gcm lint --namespace viz" {
		t.Errorf("got %q", got)
	}
	if got := bounded(short[:20], lintFile); len(got) != 20 {
		t.Errorf("20 warnings need no shortening, got %d", len(got))
	}
}

func TestWhatTellsMoreNamesTheNamespace(t *testing.T) {
	var config strings.Builder
	config.WriteString(configText)
	for i := range 30 {
		fmt.Fprintf(&config, "k%d: 1\n", i)
	}
	admit := located(settings.OnInvalidConfiguration, "admit")
	metrics, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]admissionv1.AdmissionRequest{
		"a ConfigMap": configChange("", config.String()), "a namespace": namespaceChange(nil, admit),
	} {
		h := &ConfigurationHandler{Decider: inject.Decider{Reader: source{annotations: admit, configMaps: having(config.String())}}, Metrics: metrics}
		warnings := h.Handle(t.Context(), admission.Request{AdmissionRequest: request}).Warnings
		const want = ": run linkerd-gcm lint --namespace linkerd-viz"
		if len(warnings) == 0 || !strings.HasSuffix(warnings[len(warnings)-1], want) {
			t.Errorf("%s: want the last warning to end with %q, got %q", name, want, warnings)
		}
	}
}

func TestARefusalIsBounded(t *testing.T) {
	problems := slices.Repeat([]string{"x"}, 1000)
	if got := listed(problems, lintFile); !strings.HasSuffix(got, "; x; and 980 more: run linkerd-gcm lint -f FILE") || strings.Count(got, "x") != maxProblems || len(problems) != 1000 || problems[maxProblems] != "x" {
		t.Errorf("got %q", got)
	}
	if got := listed(problems[:21], lintFile); !strings.HasSuffix(got, "; x; and 1 more: run linkerd-gcm lint -f FILE") {
		t.Errorf("got %q", got)
	}
	if got := listed(problems[:20], lintFile); strings.Contains(got, "more") {
		t.Errorf("got %q", got)
	}
}

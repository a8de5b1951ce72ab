package inject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// noSelector lacks the quotes of a selector.
const noSelector = `{__name__=~linkerd_job:.+}`

// own is the image of gcm-exporter.
const own = "ghcr.io/linkerd-gcm/linkerd-gcm:v1.0.0"

// misspelt is meant to be settings.Inject.
const misspelt = "gcm.linkerd.io/injct"

// typedTwice gives the metric a type that does not hold, and one that does.
func typedTwice(first string) string {
	return injecttest.Config + "static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: " + first + "\n- metric: linkerd_job:request_rate:5m\n  type: gauge\n"
}

// labelled are rules that add a number of labels.
func labelled(n int) string {
	text := injecttest.Rules + "    labels:\n"
	for i := range n {
		text += fmt.Sprintf("      own_%d: x\n", i)
	}
	return text
}

// decided is the answer to whoever changes the configuration.
type decided struct {
	Outcome Outcome
	Reason  Reason
	// Says are parts of the problems and then of the warnings, in their order.
	Says []string
}

// decide is a change that a Decider is asked about.
type decide func(context.Context, Decider) (Decision, error)

func namespaceChange(before, after map[string]string) decide {
	return func(ctx context.Context, d Decider) (Decision, error) {
		return d.DecideNamespace(ctx, "linkerd-viz", before, after)
	}
}

// configMapChange is a change of the one key of a ConfigMap; an empty key is a ConfigMap
// without keys, and an empty text stands for a missing ConfigMap.
func configMapChange(name, key, before, after string) decide {
	configMap := func(text string) *corev1.ConfigMap {
		switch {
		case text == "":
			return nil
		case key == "":
			return &corev1.ConfigMap{}
		}
		return &corev1.ConfigMap{Data: map[string]string{key: text}}
	}
	return func(ctx context.Context, d Decider) (Decision, error) {
		return d.DecideConfigMap(ctx, "linkerd-viz", name, configMap(before), configMap(after))
	}
}

func rulesChange(before, after string) decide {
	return configMapChange(settings.DefaultRulesConfigMap, "recording_rules.yml", before, after)
}

func configChange(before, after string) decide {
	return configMapChange(settings.DefaultSidecarConfigMap, "sidecar.yml", before, after)
}

// both adds a ConfigMap to others.
func both(others map[string]*corev1.ConfigMap, name, key, text string) map[string]*corev1.ConfigMap {
	others[name] = &corev1.ConfigMap{Data: map[string]string{key: text}}
	return others
}

func TestChanges(t *testing.T) {
	badConfig := strings.Replace(injecttest.Config, "to: linkerd_request_rate", "to: linkerd:request_rate", 1)
	twice := strings.Replace(injecttest.Config, "to: linkerd_request_rate", "to: a\n- from: linkerd_job:request_rate:5m\n  to: b", 1)
	worseConfig := badConfig + "static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: Gauge\n"
	for name, test := range map[string]struct {
		change    decide
		namespace injecttest.Namespace
		want      decided
	}{
		"annotating before anything else is there": {
			change: namespaceChange(map[string]string{}, injecttest.Located()),
			want: decided{Accepted, Valid, []string{
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules does not exist; create it",
				"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist; create it"}},
		},
		"a namespace that is made with its annotations": {
			change: namespaceChange(nil, injecttest.Located()), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, Valid, nil},
		},
		"a selector that is not valid": {
			change: namespaceChange(injecttest.Located(), injecttest.Located(settings.Include, "{__name__=~\"linkerd_job:.+\"}\n"+noSelector)), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Denied, InvalidSettings, []string{
				"SEL001: annotation gcm.linkerd.io/include of Namespace linkerd-viz, line 2: selector " + noSelector + ":"}},
		},
		"a selector that is not valid, where invalid configuration is admitted": {
			change: namespaceChange(nil, injecttest.Located(settings.Include, noSelector, settings.OnInvalidConfiguration, "admit")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Bypassed, InvalidSettings, []string{"SEL001: "}},
		},
		"switching on what is broken": {
			change: namespaceChange(map[string]string{}, injecttest.Located()), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Denied, InvalidSettings, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a misspelt value of the switch": {
			change: namespaceChange(map[string]string{}, injecttest.Located(settings.Inject, "enable")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Denied, InvalidSettings, []string{`SET002: annotation gcm.linkerd.io/inject of the namespace is "enable": want enabled or disabled`}},
		},
		"a misspelt switch, which asks for nothing": {
			change: namespaceChange(map[string]string{}, map[string]string{misspelt: "enabled"}),
			want:   decided{Denied, InvalidSettings, []string{"SET001: annotation gcm.linkerd.io/injct of the namespace is \"enabled\": there is no such annotation; the nearest is gcm.linkerd.io/inject"}},
		},
		"a misspelt switch of before": {
			change: namespaceChange(map[string]string{misspelt: "enabled"}, map[string]string{misspelt: "enabled", settings.Location: "us-central1"}),
			want:   decided{Skipped, NotAnnotated, []string{"still wrong: SET001: annotation gcm.linkerd.io/injct"}},
		},
		"switching off beside a misspelt annotation": {
			change: namespaceChange(injecttest.Located(misspelt, "x"), injecttest.Located(misspelt, "x", settings.Inject, "disabled")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Skipped, NotAnnotated, []string{"still wrong: SET001: annotation gcm.linkerd.io/injct"}},
		},
		"wrong annotations that ask for nothing": {
			change: namespaceChange(map[string]string{}, map[string]string{settings.Include: noSelector, settings.Location: "<REGION>"}),
			want:   decided{Skipped, NotAnnotated, []string{"SEL001: annotation gcm.linkerd.io/include", "CFG006: annotation gcm.linkerd.io/location"}},
		},
		"switching off what is broken": {
			change: namespaceChange(injecttest.Located(settings.Include, noSelector), injecttest.Located(settings.Inject, "disabled")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Skipped, NotAnnotated, nil},
		},
		"removing all annotations": {
			change: namespaceChange(injecttest.Located(settings.Include, noSelector), map[string]string{}),
			want:   decided{Skipped, NotAnnotated, nil},
		},
		"a change that is not ours, and nothing is read": {
			change: namespaceChange(injecttest.Located(settings.Include, noSelector), injecttest.Located(settings.Include, noSelector, "team", "a")), namespace: injecttest.Namespace{Err: errors.New("not to be read")},
			want: decided{Skipped, Unchanged, nil},
		},
		"fixing one of two annotations": {
			change: namespaceChange(injecttest.Located(settings.Include, noSelector, settings.Location, "<REGION>"), injecttest.Located(settings.Include, noSelector)), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, NoWorse, []string{"still wrong: SEL001: "}},
		},
		"breaking a second annotation": {
			change: namespaceChange(injecttest.Located(settings.Include, noSelector), injecttest.Located(settings.Include, noSelector, settings.Location, "<REGION>")), namespace: injecttest.Namespace{ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Denied, InvalidSettings, []string{"CFG006: ", "still wrong: SEL001: "}},
		},
		"a ConfigMap before the other one": {
			change: rulesChange("", injecttest.Rules), namespace: injecttest.Namespace{Annotations: injecttest.Located()},
			want: decided{Accepted, Valid, []string{"POD005: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config does not exist"}},
		},
		"the other one": {
			change: configChange("", injecttest.Config), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("")},
			want: decided{Accepted, Valid, nil},
		},
		"a ConfigMap without the key that is asked for": {
			change: configMapChange(settings.DefaultSidecarConfigMap, "sidecar.yaml", "", injecttest.Config), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("")},
			want: decided{Denied, InvalidConfiguration, []string{`CFG001: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only [sidecar.yaml]`}},
		},
		"a bad rename": {
			change: configChange(injecttest.Config, badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Denied, InvalidConfiguration, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a bad rename that moves to another line": {
			change: configChange(badConfig, "# a comment\n"+badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Accepted, NoWorse, []string{"still wrong: REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 4: "}},
		},
		"a mistake whose message names a line that moves": {
			change: configChange(twice, "# a comment\n"+twice), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(twice)},
			want: decided{Accepted, NoWorse, []string{"still wrong: REN004: "}},
		},
		"a second mistake": {
			change: configChange(badConfig, worseConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Denied, InvalidConfiguration, []string{"MET002: ", "still wrong: REN007: "}},
		},
		"the same mistake a second time": {
			change: configChange(badConfig, badConfig+strings.SplitN(badConfig, "\n", 2)[1]), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Denied, InvalidConfiguration, []string{"REN007: ", "still wrong: REN007: ", "REN004: "}},
		},
		"one of two mistakes fixed": {
			change: configChange(worseConfig, badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(worseConfig)},
			want: decided{Accepted, NoWorse, []string{"still wrong: REN007: "}},
		},
		"one mistake for another of its kind": {
			change: configChange(badConfig, strings.Replace(badConfig, "to: linkerd:", "to: linkerd-", 1)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Accepted, NoWorse, []string{"still wrong: REN007: "}},
		},
		"the same mistake in another ConfigMap": {
			change:    namespaceChange(injecttest.Located(settings.SidecarConfig, "mine"), injecttest.Located()),
			namespace: injecttest.Namespace{ConfigMaps: both(injecttest.ConfigMaps(badConfig), "mine", "sidecar.yml", badConfig)},
			want:      decided{Denied, InvalidSettings, []string{"REN007: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 3: "}},
		},
		"a mistake above one that moves": {
			change:    configChange(twice, strings.Replace(twice, "\n", "\n- {from: up, to: p}\n- {from: up, to: q}\n", 1)),
			namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.Include, "up\nlinkerd_job:request_rate:5m"), ConfigMaps: injecttest.ConfigMaps(twice)},
			want:      decided{Denied, InvalidConfiguration, []string{"REN004: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config, sidecar.yml, line 2: ", "still wrong: REN004: "}},
		},
		"a ConfigMap without anything": {
			change: configMapChange(settings.DefaultSidecarConfigMap, "", "", "nothing"), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("")},
			want: decided{Denied, InvalidConfiguration, []string{`CFG001: ConfigMap linkerd-viz/linkerd-prometheus-sidecar-config has no key "sidecar.yml", only []`}},
		},
		"one mistake for another": {
			change: configChange(badConfig, injecttest.Config+"static_metadata:\n- metric: linkerd_job:request_rate:5m\n  type: Gauge\n"), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Denied, InvalidConfiguration, []string{"MET002: "}},
		},
		"a warning that becomes an error": {
			change: configChange(typedTwice("gauge"), typedTwice("unknown")), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(typedTwice("gauge"))},
			want: decided{Denied, InvalidConfiguration, []string{"MET009: "}},
		},
		"two of many labels taken away": {
			change: rulesChange(labelled(12), labelled(11)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, NoWorse, []string{"still wrong: REC007: "}},
		},
		"a text that can be read again": {
			change: configChange("metric_renames: [\n", badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("metric_renames: [\n")},
			want: decided{Accepted, NoWorse, []string{"wrong before, and seen only now: REN007: "}},
		},
		"a text of another shape that can be read again": {
			change: configChange("metric_renames: 1\n", badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("metric_renames: 1\n")},
			want: decided{Accepted, NoWorse, []string{"wrong before, and seen only now: REN007: "}},
		},
		"a text that still cannot be read, and is worse": {
			change: configChange("metric_renames: 1\n", "metric_renames: 1\nrenames: []\n"), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("metric_renames: 1\n")},
			want: decided{Denied, InvalidConfiguration, []string{"CFG002: ", "still wrong: CFG003: "}},
		},
		"rules that can be read again": {
			change: rulesChange(strings.Replace(injecttest.Rules, "[5m]", "[5m", 1), strings.Replace(injecttest.Rules, "job, ", "", 1)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, NoWorse, []string{"wrong before, and seen only now: REC002: "}},
		},
		"a text that still cannot be read": {
			change: configChange("metric_renames: [\n", "metric_renames: {\n"), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps("metric_renames: [\n")},
			want: decided{Accepted, NoWorse, []string{"still wrong: CFG003: "}},
		},
		"a text that can no longer be read": {
			change: configChange(badConfig, "metric_renames: ["), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Denied, InvalidConfiguration, []string{"CFG003: "}},
		},
		"the new name first, so that the rule can follow": {
			change: configChange(injecttest.Config, strings.Replace(injecttest.Config, "request", "response", 1)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, Inconsistent, []string{"wrong with this change: REN001: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules, recording_rules.yml, line 4: "}},
		},
		"a rule that nothing renames": {
			change: rulesChange(injecttest.Rules, strings.Replace(injecttest.Rules, "request_rate", "rate", 1)), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Denied, InvalidConfiguration, []string{"REN001: ConfigMap linkerd-viz/linkerd-prometheus-recording-rules, recording_rules.yml, line 4: "}},
		},
		"labels alone": {
			change: configChange(badConfig, badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(badConfig)},
			want: decided{Skipped, Unchanged, nil},
		},
		"a ConfigMap that nothing refers to": {
			change: configMapChange("others", "sidecar.yml", "", badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located()},
			want: decided{Skipped, Unreferenced, nil},
		},
		"a ConfigMap of a namespace that asks for nothing": {
			change: configChange("", badConfig), namespace: injecttest.Namespace{Annotations: map[string]string{}},
			want: decided{Skipped, NotAnnotated, nil},
		},
		"a ConfigMap that another annotation names": {
			change: configMapChange("mine", "sidecar.yml", "", badConfig), namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.SidecarConfig, "mine"), ConfigMaps: injecttest.ConfigMaps("")},
			want: decided{Denied, InvalidConfiguration, []string{"REN007: ConfigMap linkerd-viz/mine, sidecar.yml, line 3: "}},
		},
		"deleting a ConfigMap in use": {
			change: configChange(injecttest.Config, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(), ConfigMaps: injecttest.ConfigMaps(injecttest.Config)},
			want: decided{Accepted, InUse, []string{"the annotations of namespace linkerd-viz name ConfigMap linkerd-prometheus-sidecar-config"}},
		},
		"deleting the configuration that gcm-exporter can do without": {
			change: configChange(injecttest.Config, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.SidecarImage, own)},
			want: decided{Accepted, Valid, []string{"without ConfigMap linkerd-prometheus-sidecar-config, gcm-exporter in namespace linkerd-viz exports its built-in selection"}},
		},
		"deleting the configuration beside selectors": {
			change: configChange(injecttest.Config, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.SidecarImage, own, settings.Include, "up")},
			want: decided{Accepted, Valid, []string{"exports what the annotation gcm.linkerd.io/include selects"}},
		},
		"deleting the rules that gcm-exporter can do without": {
			change: rulesChange(injecttest.Rules, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.SidecarImage, own)},
			want: decided{Accepted, Valid, []string{"the next pod of Prometheus in namespace linkerd-viz starts without the recording rules of ConfigMap linkerd-prometheus-recording-rules"}},
		},
		"deleting the configuration of gcm-exporter that an annotation names": {
			change: configChange(injecttest.Config, ""), namespace: injecttest.Namespace{Annotations: injecttest.Located(settings.SidecarImage, own, settings.SidecarConfig, settings.DefaultSidecarConfigMap)},
			want: decided{Accepted, InUse, []string{"the next pod of Prometheus will be refused without it"}},
		},
		"deleting a ConfigMap that nothing refers to": {
			change: configMapChange("others", "a", "b", ""), namespace: injecttest.Namespace{Annotations: injecttest.Located()},
			want: decided{Skipped, Unreferenced, nil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := test.change(t.Context(), Decider{Reader: test.namespace})
			if err != nil {
				t.Fatal(err)
			}
			got := decided{d.Outcome, d.Reason, parts(slices.Concat(d.Problems, d.Warnings), test.want.Says)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if !slices.Contains(ChangeReasons[got.Outcome], got.Reason) {
				t.Errorf("the table of reasons lacks %s for %s", got.Reason, got.Outcome)
			}
		})
	}
}

// parts returns the texts, each as the part that is wanted of it where it has that.
func parts(texts, want []string) []string {
	for i := range texts {
		if i < len(want) && strings.Contains(texts[i], want[i]) {
			texts[i] = want[i]
		}
	}
	return texts
}

func TestAFailingReadIsAnError(t *testing.T) {
	decider := Decider{Reader: injecttest.Namespace{Err: errors.New("connection refused")}}
	const want = "reading namespace linkerd-viz: connection refused"
	if d, err := configChange("", injecttest.Config)(t.Context(), decider); err == nil || err.Error() != want {
		t.Errorf("want the error %q, got %v and %+v", want, err, d)
	}
}

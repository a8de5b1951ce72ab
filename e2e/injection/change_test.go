package injection

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const (
	rulesName, rulesKey   = settings.DefaultRulesConfigMap, "recording_rules.yml"
	configName, configKey = settings.DefaultSidecarConfigMap, "sidecar.yml"
)

// What is wrong with these is in line 3, and in lines 3 and 6.
var (
	badConfig   = strings.Replace(sidecarConfig, "linkerd_request_rate", "linkerd:request_rate", 1)
	worseConfig = badConfig + "static_metadata:\n- metric: linkerd_job:request_rate:sum\n  type: Gauge\n"
)

// What is wrong with them, as refusals and warnings name it.
const (
	badRename = "sidecar.yml, line 3: "
	badType   = "sidecar.yml, line 6: "
)

func TestChangesThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		annotations map[string]string
		act         action
		want        []string
	}{
		"a selector that is not valid": {
			annotations: annotations(),
			act:         annotating(settings.Include, "{__name__=~\"linkerd_job:.+\"}\n{__name__=~linkerd}"),
			want:        []string{"SEL001: annotation gcm.linkerd.io/include of Namespace ", ", line 2: selector {__name__=~linkerd}"},
		},
		"a selector that only today's Prometheus reads": {
			annotations: annotations(),
			act:         annotating(settings.Include, `{job!="linkerd-proxy"}`),
			want:        []string{`SEL002: annotation gcm.linkerd.io/include of Namespace `, `selector {job!="linkerd-proxy"}`},
		},
		"a misspelt switch, and no other annotation": {
			act:  annotating("gcm.linkerd.io/injct", "enabled"),
			want: []string{"SET001: annotation gcm.linkerd.io/injct of the namespace", "the nearest is gcm.linkerd.io/inject"},
		},
		"a misspelt annotation": {
			annotations: annotations(),
			act:         annotating("gcm.linkerd.io/sidecar-config-map", "mine"),
			want:        []string{"SET001: annotation gcm.linkerd.io/sidecar-config-map of the namespace", "the nearest is gcm.linkerd.io/sidecar-config"},
		},
		"a bad rename": {
			annotations: annotations(),
			act:         applying(configName, configKey, badConfig),
			want:        []string{"REN007: ConfigMap ", "/linkerd-prometheus-sidecar-config, " + badRename, "linkerd:request_rate"},
		},
		"two faults, and both are named": {
			annotations: annotations(),
			act:         applying(configName, configKey, worseConfig),
			want:        []string{"REN007: ", badRename, "MET002: ", badType, "; write gauge"},
		},
		"rules that Prometheus does not load": {
			annotations: annotations(),
			act:         applying(rulesName, rulesKey, strings.Replace(recordingRules, "[1m]", "[1m", 1)),
			want:        []string{"REC001: ConfigMap ", "/linkerd-prometheus-recording-rules, recording_rules.yml, line 5: "},
		},
		"a bad rename in a ConfigMap of another name": {
			annotations: annotations(settings.SidecarConfig, "mine"),
			act:         applying("mine", configKey, badConfig, "linkerd.io/extension", "gcm"),
			want:        []string{"REN007: ConfigMap ", "/mine, " + badRename},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, u := newNamespace(t, nil), newUser(t)
			n.annotate(test.annotations)
			n.expect(u, name, test.act, answer{refused: test.want})
		})
	}
}

// flat lists keys and values one after the other.
func flat(annotations map[string]string) []string {
	var all []string
	for key, value := range annotations {
		all = append(all, key, value)
	}
	return all
}

func TestSwitchingOnWhatIsBrokenIsRefused(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.expect(u, "breaking what is not used", applying(configName, configKey, badConfig), answer{})
	n.expect(u, "switching on", annotating(flat(annotations())...), answer{refused: []string{"REN007: ConfigMap " + n.name, badRename}})
	n.expect(u, "fixing it", applying(configName, configKey, sidecarConfig), answer{})
	n.expect(u, "switching on", annotating(flat(annotations())...), answer{})
}

// TestConfigMapsThatNothingRefersTo tests that the ConfigMaps of others are not
// checked, and that most are not even sent to the injector.
func TestConfigMapsThatNothingRefersTo(t *testing.T) {
	asked := func() float64 {
		t.Helper()
		changes, err := gcm.Changes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	n, u := newNamespace(t, nil), newUser(t)
	n.expect(u, "the default name, in a namespace that asks for nothing", applying(configName, configKey, "not YAML: [", "team", "a"), answer{})
	n.expect(u, "deleting it", deleting(configName), answer{})
	n.expect(u, "switching on", annotating(flat(annotations())...), answer{warned: []string{"/linkerd-prometheus-sidecar-config does not exist"}})
	before := asked()
	n.expect(u, "our label, which no annotation names", applying("others", configKey, badConfig, "linkerd.io/extension", "gcm"), answer{})
	if now := asked(); now-before != 2 {
		t.Errorf("want the injector to be asked about a dry-run and a change, got %v requests", now-before)
	}
	before = asked()
	n.expect(u, "any other", applying("mine", configKey, badConfig), answer{})
	if now := asked(); now != before {
		t.Errorf("the injector was asked %v times about a ConfigMap without its label", now-before)
	}
	n.expect(u, "naming it", annotating(settings.SidecarConfig, "mine"), answer{refused: []string{"REN007: ConfigMap " + n.name + "/mine, " + badRename}})
}

func TestFixingOneStepAtATime(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.annotate(annotations())
	n.whileDown(func() {
		n.expect(u, "breaking both while no injector runs", applying(configName, configKey, worseConfig), answer{})
	})
	stillRename, stillType := "still wrong: REN007: ", "still wrong: MET002: "
	for _, step := range []struct {
		what string
		act  action
		want answer
	}{
		{"a comment above", applying(configName, configKey, "# lines move\n"+worseConfig), answer{warned: []string{stillRename, stillType}}},
		{"a label alone", labelling(configName, `{"team":"a"}`), answer{}},
		{"a third fault", applying(configName, configKey, worseConfig+"aggregated_counter: []\n"), answer{
			refused: []string{"CFG002: ", "sidecar.yml, line 7: ", "aggregated_counter"}, warned: []string{stillRename, stillType},
		}},
		{"a third fault, of an annotation", annotating(settings.Location, "<REGION>"), answer{
			refused: []string{"CFG006: "}, warned: []string{stillRename, stillType},
		}},
		{"one fault replaced by another of the same kind", applying(configName, configKey, strings.Replace(worseConfig, "Gauge", "Number", 1)), answer{warned: []string{stillRename, stillType}}},
		{"what cannot be read", applying(configName, configKey, worseConfig+"["), answer{refused: []string{"CFG003: "}}},
		{"another annotation, which is right", annotating(settings.SidecarLogLevel, "debug"), answer{warned: []string{stillRename, stillType}}},
		{"fixing one", applying(configName, configKey, badConfig), answer{warned: []string{stillRename}}},
		{"undoing that", applying(configName, configKey, worseConfig), answer{refused: []string{"MET002: "}, warned: []string{stillRename}}},
		{"fixing the other", applying(configName, configKey, sidecarConfig), answer{}},
		{"breaking it again", applying(configName, configKey, badConfig), answer{refused: []string{"REN007: "}}},
		{"deleting it", deleting(configName), answer{warned: []string{"the annotations of namespace " + n.name + " name ConfigMap linkerd-prometheus-sidecar-config: the next pod of Prometheus will be refused without it"}}},
	} {
		n.expect(u, step.what, step.act, step.want)
	}
	for _, event := range n.events() {
		t.Errorf("changes of the configuration must leave no event, but there is %s", event)
	}
}

// whileDown does something while no injector runs, which the API server is told to ignore.
func (n namespace) whileDown(act func()) {
	n.Helper()
	gcm.Stop()
	act()
	if err := gcm.Restart(n.Context()); err != nil {
		n.Fatal(err)
	}
}

// Google discards what comes from a location that it does not recognize: whoever annotates
// is told so, and is not refused.
func TestALocationThatGoogleDoesNotRecognizeIsAWarning(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.annotate(annotations())
	n.expect(u, "Mars", annotating(settings.Location, "mars"), answer{warned: []string{`CFG014: annotation gcm.linkerd.io/location is mars: it does not look like a region or zone`}})
	n.expect(u, "a region of AWS", annotating(settings.Location, "aws:eu-central-1"), answer{})
}

package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

const (
	aRate    = "linkerd_job:request_rate:5m"
	aCounter = "linkerd_job:request_total:sum"
	rateExpr = "sum by (job, instance, namespace, pod, direction) (rate(request_total[5m]))"
	sumExpr  = `sum without (le) (request_total{direction="inbound"})`
)

// setup is an input in brief: what is "" is not at hand.
type setup struct {
	include string
	rules   string
	config  string
	// incomplete says that Prometheus may load other rule files.
	incomplete bool
}

func (s setup) input() Input {
	in := Input{Settings: settings.Settings{Sidecar: settings.Stackdriver}}
	if s.include != "" {
		in.Include = Selectors(Object{Kind: "Namespace", Name: "viz", Key: settings.Include}, s.include)
	}
	if s.rules != "" {
		in.RuleFiles = []Text{{Value: s.rules, Object: Object{Kind: "ConfigMap", Name: "rules", Key: "a_rules.yml"}, Position: source.Start}}
		in.RulesComplete = !s.incomplete
	}
	if s.config != "" {
		in.SidecarConfig = &Text{Value: s.config, Object: Object{Kind: "ConfigMap", Name: "config", Key: "sidecar.yml"}, Position: source.Start}
	}
	return in
}

// rulesFile writes a rules file: a name and an expression for each rule, from
// line 4 on, at column 13 of every second line.
func rulesFile(namesAndExpressions ...string) string {
	var text strings.Builder
	text.WriteString("groups:\n- name: linkerd\n  rules:\n")
	for i := 0; i < len(namesAndExpressions); i += 2 {
		fmt.Fprintf(&text, "  - record: %s\n    expr: %s\n", namesAndExpressions[i], namesAndExpressions[i+1])
	}
	return text.String()
}

// renaming writes metric_renames, from line 2 on.
func renaming(fromAndTo ...string) string {
	var text strings.Builder
	text.WriteString("metric_renames:\n")
	for i := 0; i < len(fromAndTo); i += 2 {
		fmt.Fprintf(&text, "- from: %s\n  to: %s\n", fromAndTo[i], fromAndTo[i+1])
	}
	return text.String()
}

func brief(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s %s:%d:%d+%d %s", f.Rule, f.Severity, f.Object.Key, f.Line, f.Column, f.Length, f.Message))
	}
	return all
}

func expect(t *testing.T, in Input, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, brief(Checked(t, in))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

const recorded = `{__name__=~"linkerd_job:.+"}`

// recording wraps one rule, whose expression begins at line 5, column 11.
func recording(expr string, more ...string) string {
	return "groups:\n- name: g\n  rules:\n  - record: linkerd_job:x:y\n    expr: " + expr + "\n" + strings.Join(more, "")
}

// recordingTest is a rules file and what is to be found in it.
type recordingTest struct {
	rules string
	// config are lines of static_metadata.
	config string
	// want are findings of the section as "severity rule line:column".
	want []string
}

func (test recordingTest) run(t *testing.T) {
	t.Helper()
	in := Input{
		Include:       Selectors(Object{Kind: "Namespace"}, `{__name__=~"linkerd_job:.+"}`),
		RuleFiles:     []Text{{Value: test.rules, Object: Object{Kind: "ConfigMap", Key: "recording_rules.yml"}, Position: source.Start}},
		SidecarConfig: &Text{Value: "static_metadata:\n" + test.config, Object: Object{Kind: "ConfigMap", Key: "sidecar.yml"}, Position: source.Start},
	}
	var got []string
	for _, f := range Checked(t, in) {
		if strings.HasPrefix(f.Rule, "REC") {
			got = append(got, fmt.Sprintf("%s %s %d:%d", f.Severity, f.Rule, f.Line, f.Column))
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(test.want)), slices.Sorted(slices.Values(got))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// about are the findings of one rule, in brief.
func about(findings []Finding, id string) []string {
	return brief(slices.DeleteFunc(findings, func(f Finding) bool { return f.Rule != id }))
}

// withSidecar is a pod with a sidecar that somebody else put there.
func withSidecar(command ...string) Input {
	return Input{Pod: &Pod{Object: Object{Kind: "Pod", Name: "p"}, Path: "spec", Spec: &corev1.PodSpec{
		Containers: []corev1.Container{{Name: "prometheus"}, {Name: "sidecar", Command: append([]string{"/bin/stackdriver-prometheus-sidecar"}, command...)}},
	}}}
}

// expectAbout wants one finding of a rule that begins with a text, or none for "".
func expectAbout(t *testing.T, in Input, id, want string) {
	t.Helper()
	switch got := about(Checked(t, in), id); {
	case want == "" && len(got) > 0:
		t.Errorf("got %q, want none", got)
	case want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], want+" ")):
		t.Errorf("got %q, want one that begins with %q", got, want)
	}
}

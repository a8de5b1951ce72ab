package lint_test

import (
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestReasonsSpeakOfTheCase holds each case of a rule that has several against what is said
// of why it matters.
func TestReasonsSpeakOfTheCase(t *testing.T) {
	const rules = "groups:\n- name: a\n  rules:\n  - {record: 'a:b:c', expr: 'sum by (job, instance) (rate(x_total[5m]))'}\n  - {record: 'a:b:d', expr: 'sum by (job, instance) (rate(x_total[5m]))'}\n"
	for name, test := range map[string]struct{ image, include, config, rule, want string }{
		"an old version":                 {image: "sidecar:0.9.0", rule: "POD007", want: "before 0.10.1"},
		"no tag":                         {image: "example.com/sidecar", rule: "POD007", want: "After a push"},
		"a registry that is gone":        {image: "gcr.io/p/sidecar:0.10.1", rule: "POD007", want: "shut down in 2025"},
		"anchors":                        {include: `{__name__=~"^a:.+"}`, rule: "SEL005", want: "the selector matches the same"},
		"a part of a name":               {include: `{__name__=~"a:"}`, rule: "SEL005", want: "nothing is exported"},
		"a selector that is given twice": {include: "a:b:c\na:b:c", rule: "SEL009", want: "once"},
		"a metric that is not selected":  {include: "a:b:c", rule: "SEL006", want: "no other rule reads this metric"},
		"an entry without from":          {config: "metric_renames: [{to: x}]", rule: "REN002", want: "empty name"},
		"one name for two":               {config: "metric_renames: [{from: 'a:b:c', to: x}, {from: 'a:b:d', to: x}]", rule: "REN005", want: "as one."},
		"one name in PromQL":             {config: "metric_renames: [{from: 'a:b:c', to: x_y}, {from: 'a:b:d', to: x/y}]", rule: "REN009", want: "a query for the one reads both"},
	} {
		t.Run(name, func(t *testing.T) {
			annotations := map[string]string{settings.Inject: "enabled", settings.SidecarName: string(settings.Stackdriver), settings.ProjectID: "my-project", settings.SidecarImage: "example.com/sidecar:0.10.1", settings.Include: `{__name__=~"a:.+"}`}
			if test.image != "" {
				annotations[settings.SidecarImage] = test.image
			}
			if test.include != "" {
				annotations[settings.Include] = test.include
			}
			in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "viz"}, Annotations: annotations}, lint.Annotated{}, settings.Defaults{})
			in.RuleFiles = []lint.Text{*text("a_rules.yml", rules)}
			in.RulesComplete = true
			if test.config != "" {
				in.SidecarConfig = text("sidecar.yml", test.config)
			}
			var reasons []string
			for _, f := range lint.Checked(t, in) {
				if f.Rule == test.rule {
					reasons = append(reasons, f.Why())
				}
			}
			if len(reasons) == 0 || !strings.Contains(reasons[0], test.want) {
				t.Errorf("%s: %q", test.rule, reasons)
			}
		})
	}
}

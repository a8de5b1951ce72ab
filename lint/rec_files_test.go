package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestRuleFiles(t *testing.T) {
	for name, test := range map[string]recordingTest{
		"a file that does not parse": {
			rules: recording("sum by (job"),
			want:  []string{"error REC001 5:22"},
		},
		"a rule that is never evaluated": {
			rules: recording(`label_replace(rate(request_total[1m]), "x", "$1", "y", "(")`),
			want:  []string{"error REC001 5:66"},
		},
		"a second document": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "---\ngroups: []\n"),
			want:  []string{"error REC001 7:1"},
		},
		"a comment behind the only document": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "---\n# groups: []\n"),
		},
		"aliases": {
			rules: recording("&up sum by (job, instance) (rate(request_total[1m]))", "  - record: linkerd_job:z:y\n    expr: *up\n"),
			want:  []string{"error REC001 7:11"},
		},
		"an alias for a name": {
			rules: "groups:\n- name: &rate linkerd\n  rules:\n  - record: *rate\n    expr: sum by (job, instance) (rate(request_total[1m]))\n",
			want:  []string{"error REC001 4:13"},
		},
	} {
		t.Run(name, test.run)
	}
}

func TestNamesOfRuleFiles(t *testing.T) {
	for value, want := range map[string]string{
		"a/rules.yml":                       "REC018 error gcm.linkerd.io/recording-rules:1:1+11",
		"a/a_rules.yml, b/b_rules.yaml":     "",
		"a/a_rules.yml, b/rules_of_b.yaml ": "REC018 error gcm.linkerd.io/recording-rules:1:16+17",
	} {
		namespace := Annotated{Object{Kind: "Namespace", Name: "viz"}, map[string]string{settings.RecordingRules: value}}
		expectAbout(t, FromAnnotations(namespace, Annotated{}, settings.Defaults{}), "REC018", want)
	}
}

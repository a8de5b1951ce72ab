package lint

import (
	"testing"
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

package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recording wraps one rule, whose expression begins at line 5, column 11.
func recording(expr string, more ...string) string {
	return "groups:\n- name: g\n  rules:\n  - record: linkerd_job:x:y\n    expr: " + expr + "\n" + strings.Join(more, "")
}

func TestRecordingRules(t *testing.T) {
	for name, test := range map[string]struct {
		rules string
		// config are lines of static_metadata.
		config string
		// want are findings of the section as "severity rule line:column".
		want []string
	}{
		"nothing wrong": {rules: recording("sum by (job, instance) (rate(request_total[1m]))")},
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
		"no target": {
			rules: recording("sum(rate(request_total[1m]))"),
			want:  []string{"error REC002 4:13"},
		},
		"no target, nested": {
			rules: recording("max by (job, instance) (sum by (job) (rate(request_total[1m])))"),
			want:  []string{"error REC002 4:13"},
		},
		"without keeps both": {rules: recording("sum without (tls) (rate(request_total[1m]))")},
		"another job, written": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "    labels: {job: shop}\n"),
			want:  []string{"error REC003 4:13"},
		},
		"another job, selected": {
			rules: recording(`sum by (job, instance) (rate(request_total{job="shop"}[1m]))`),
			want:  []string{"warning REC003 4:13"},
		},
		"a target label of another value": {
			rules: recording(`label_replace(rate(request_total[1m]), "namespace", "x", "", "")`),
			want:  []string{"error REC004 4:13"},
		},
		"a label of pods": {
			rules: recording("sum by (job, instance, pod, namespace, version) (rate(request_total[1m]))"),
			want:  []string{"warning REC005 5:50"},
		},
		"a label of pods, copied": {
			rules: recording(`label_replace(sum by (job, instance, app) (rate(request_total[1m])), "svc_app", "$1", "app", "(.*)")`),
		},
		"no le": {
			rules: recording("histogram_quantile(0.9, sum by (job, instance) (rate(response_latency_ms_bucket[1m])))"),
			want:  []string{"error REC009 5:11"},
		},
		"all time": {
			rules: recording("histogram_quantile(0.9, sum by (le, job, instance) (response_latency_ms_bucket))"),
			want:  []string{"warning REC009 5:11"},
		},
		"a native histogram, which has no le": {rules: recording("histogram_quantile(0.9, sum by (job, instance) (rate(request_duration_seconds[1m])))")},
		"a percentile for a quantile": {
			rules: recording("histogram_quantile(99, sum by (le, job, instance) (rate(response_latency_ms_bucket[1m])))"),
			want:  []string{"error REC010 5:30"},
		},
		"a counter of series that come and go": {
			rules:  recording("sum by (job, instance, classification) (response_total)"),
			config: "- {metric: 'linkerd_job:x:y', type: counter}\n",
			want:   []string{"warning REC011 5:11"},
		},
		"a counter of all series": {
			rules:  recording("response_total"),
			config: "- {metric: 'linkerd_job:x:y', type: counter}\n",
		},
		"a short window and one far too short": {
			rules: recording("sum by (job, instance) (rate(request_total[30s]) + rate(response_total[10s]))"),
			want:  []string{"error REC015 5:67", "warning REC015 5:40"},
		},
		"a group that is too quick": {
			rules: strings.Replace(recording("rate(request_total[1m])"), "  rules:", "  interval: 1s\n  rules:", 1),
			want:  []string{"error REC014 3:13"},
		},
		"as many labels as there may be": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}\n"),
		},
		"one label too many": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x, k: x}\n"),
			want:  []string{"error REC007 4:13"},
		},
		"one label too many, which may be missing": {
			rules: recording("sum by (job, instance, direction) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}\n"),
			want:  []string{"warning REC007 4:13"},
		},
		"the example's namespace": {
			rules: recording(`sum by (job, instance) (rate(request_total{namespace="default"}[1m]))`),
			want:  []string{"warning REC017 5:40"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Include:       Selectors(Object{Kind: "Namespace"}, `{__name__=~"linkerd_job:.+"}`),
				RuleFiles:     []Text{{Value: test.rules, Object: Object{Kind: "ConfigMap", Key: "recording_rules.yml"}, Line: 1, Column: 1}},
				SidecarConfig: &Text{Value: "static_metadata:\n" + test.config, Object: Object{Kind: "ConfigMap", Key: "sidecar.yml"}, Line: 1, Column: 1},
			}
			var got []string
			for _, f := range Check(in).Findings {
				if strings.HasPrefix(f.Rule, "REC") {
					got = append(got, fmt.Sprintf("%s %s %d:%d", f.Severity, f.Rule, f.Line, f.Column))
				}
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(test.want)), slices.Sorted(slices.Values(got))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

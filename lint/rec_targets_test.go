package lint

import (
	"testing"
)

func TestTargetsOfRecordedSeries(t *testing.T) {
	for name, test := range map[string]recordingTest{
		"no target": {
			rules: recording("sum(rate(request_total[1m]))"),
			want:  []string{"error REC002 4:13"},
		},
		"no target, nested": {
			rules: recording("max by (job, instance) (sum by (job) (rate(request_total[1m])))"),
			want:  []string{"error REC002 4:13"},
		},
		"without keeps both": {rules: recording("sum without (tls) (rate(request_total[1m]))")},
		"a branch without a target": {
			rules: recording("sum by (job, instance) (rate(request_total[1m])) or on() vector(0)"),
			want:  []string{"warning REC002 5:68"},
		},
		"a first branch without a target": {
			rules: recording("vector(0) or sum by (job, instance) (rate(request_total[1m]))"),
			want:  []string{"warning REC002 5:11"},
		},
		"a branch without a target, in others": {
			rules: recording("100 * (rate(request_total[1m]) or (rate(response_total[1m]) or vector(0)))"),
			want:  []string{"warning REC002 5:74"},
		},
		"a branch without a target, aggregated": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]) or vector(0))"),
			want:  []string{"warning REC002 5:62"},
		},
		"a branch that is joined with series": {
			rules: recording("rate(request_total[1m]) * on (job, instance) group_left () (max by (job, instance) (up) or vector(1))"),
		},
		"a branch that gets a target": {
			rules: recording("rate(request_total[1m]) or label_replace(label_replace(vector(0), \"job\", \"linkerd-proxy\", \"\", \"\"), \"instance\", \"x\", \"\", \"\")"),
			want:  []string{"error REC003 4:13", "error REC004 4:13"},
		},
		"branches with targets": {rules: recording("rate(request_total[1m]) or rate(response_total[1m])")},
		"no branch with a target": {
			rules: recording("vector(0) or vector(1)"),
			want:  []string{"error REC002 4:13"},
		},
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
	} {
		t.Run(name, test.run)
	}
}

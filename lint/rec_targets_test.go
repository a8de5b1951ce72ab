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

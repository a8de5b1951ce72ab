package lint

import (
	"testing"
)

func TestQuantiles(t *testing.T) {
	for name, test := range map[string]recordingTest{
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
	} {
		t.Run(name, test.run)
	}
}

package lint

import (
	"testing"
)

func TestFallingSums(t *testing.T) {
	for name, test := range map[string]recordingTest{
		"a counter of series that come and go": {
			rules:  recording("sum by (job, instance, classification) (response_total)"),
			config: "- {metric: 'linkerd_job:x:y', type: counter}\n",
			want:   []string{"warning REC011 5:11"},
		},
		"a counter of all series": {
			rules:  recording("response_total"),
			config: "- {metric: 'linkerd_job:x:y', type: counter}\n",
		},
	} {
		t.Run(name, test.run)
	}
}

package lint

import (
	"strings"
	"testing"
)

func TestTimingOfRules(t *testing.T) {
	for name, test := range map[string]recordingTest{
		"a short window and one far too short": {
			rules: recording("sum by (job, instance) (rate(request_total[30s]) + rate(response_total[10s]))"),
			want:  []string{"error REC015 5:67", "warning REC015 5:40"},
		},
		"a group that is too quick": {
			rules: strings.Replace(recording("rate(request_total[1m])"), "  rules:", "  interval: 1s\n  rules:", 1),
			want:  []string{"error REC014 3:13"},
		},
	} {
		t.Run(name, test.run)
	}
}

package monitoring

import (
	"testing"
)

func TestMetricTypesHaveThePrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"":                                  "external.googleapis.com/prometheus/x",
		"custom.googleapis.com/linkerd":     "custom.googleapis.com/linkerd/x",
		"external.googleapis.com/trailing/": "external.googleapis.com/trailing//x",
	} {
		if got := MetricType(prefix, "x"); got != want {
			t.Errorf("prefix %q: got %q, want %q", prefix, got, want)
		}
	}
}

package sidecar

import (
	"strings"
	"testing"
)

func TestMetricTypesHaveThePrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"":                                  "external.googleapis.com/prometheus/x",
		"custom.googleapis.com/linkerd":     "custom.googleapis.com/linkerd/x",
		"external.googleapis.com/trailing/": "external.googleapis.com/trailing//x",
	} {
		if got := NewExporter(nil, prefix, nil).Export("up"); got.Type != strings.TrimSuffix(want, "x")+"up" {
			t.Errorf("prefix %q: got %q", prefix, got.Type)
		}
		if got := MetricType(prefix, "x"); got != want {
			t.Errorf("prefix %q: got %q, want %q", prefix, got, want)
		}
	}
}

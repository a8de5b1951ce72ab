package webhook

import (
	"os"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestOperationsNameEveryMetricAndEvent checks that docs/operations.md explains what is
// in the tables of this package.
func TestOperationsNameEveryMetricAndEvent(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{skippedEvent.reason: true}
	for _, event := range podEvents {
		words[event.reason] = true
	}
	registry := prometheus.NewRegistry()
	if _, err := NewMetrics(registry); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		words[family.GetName()] = true
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				words[label.GetName()], words[label.GetValue()] = true, true
			}
		}
	}
	for word := range words {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("docs/operations.md does not say what `%s` means", word)
		}
	}
}

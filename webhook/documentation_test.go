package webhook

import (
	"fmt"
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
	if err := RegisterVersion(registry, "version"); err != nil {
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

// TestTheThreatModelHasTheLimits compares the table of limits with the code.
func TestTheThreatModelHasTheLimits(t *testing.T) {
	text, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	number := func(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }
	for _, row := range []string{
		fmt.Sprintf("| connections | %d |", maxConnections),
		fmt.Sprintf("| request headers | %d KiB, which must arrive within %.0f s |", maxHeaderBytes>>10, headerTimeout.Seconds()),
		fmt.Sprintf("| request body | %d MiB, which must arrive within %.0f s |", maxBody>>20, bodyTimeout.Seconds()),
		fmt.Sprintf("| all bodies at one time | %d MiB;", maxBodies>>20),
		fmt.Sprintf("| values in an object | %s;", number(maxValues)),
		fmt.Sprintf("| values beside the objects, in all reviews at one time | %s;", number(maxReviewValues)),
		fmt.Sprintf("| values of all requests at one time | %s, of which one namespace may have %s;", number(valuesAtOnce), number(namespaceValuesAtOnce)),
		fmt.Sprintf("| requests of one namespace at one time | %d;", namespaceRequestsAtOnce),
		fmt.Sprintf("| one decision, with all reads and the time to wait | %.0f s;", decisionTimeout.Seconds()),
		fmt.Sprintf("| streams of one HTTP/2 connection | %d |", maxStreams),
		fmt.Sprintf("| an idle connection | closed after %.0f s |", idleTimeout.Seconds()),
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/threat-model.md does not say %q", row)
		}
	}
}

package manifests

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuantitiesAreWrittenAsTheAPIServerWritesThem(t *testing.T) {
	given := map[string]any{"replicas": 3, "resources": map[string]any{
		"requests": map[string]any{"cpu": "1000m", "memory": 134217728, "ephemeral-storage": "1Gi"},
		"limits":   map[string]any{"cpu": 1, "memory": "a lot", "ephemeral-storage": nil},
		"claims":   []any{},
	}}
	want := map[string]any{"replicas": 3, "resources": map[string]any{
		"requests": map[string]any{"cpu": "1", "memory": "134217728", "ephemeral-storage": "1Gi"},
		"limits":   map[string]any{"cpu": "1", "memory": "a lot", "ephemeral-storage": nil},
		"claims":   []any{},
	}}
	if diff := cmp.Diff(want, canonicalQuantities(given)); diff != "" {
		t.Error(diff)
	}
	if got := given["resources"].(map[string]any)["limits"].(map[string]any)["cpu"]; got != 1 {
		t.Errorf("the given values were changed: cpu is %v", got)
	}
	none := map[string]any{"resources": "many"}
	if diff := cmp.Diff(none, canonicalQuantities(none)); diff != "" {
		t.Error(diff)
	}
}

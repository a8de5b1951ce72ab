package spelling

import (
	"strings"
	"testing"
)

func TestWordsAreSuggested(t *testing.T) {
	known := []string{"metric_renames", "static_metadata", "aggregated_counters"}
	for word, want := range map[string]struct{ nearest, likely string }{
		"metric_rename":          {"metric_renames", "metric_renames"},
		"statik_metadata":        {"static_metadata", "static_metadata"},
		"recording":              {"metric_renames", ""},
		"aggregated_counters":    {"aggregated_counters", "aggregated_counters"},
		strings.Repeat("x", 65):  {"metric_renames", ""},
		"":                       {"metric_renames", ""},
		"agregated_countersssss": {"aggregated_counters", "aggregated_counters"},
	} {
		if got := Nearest(word, known); got != want.nearest {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want.nearest)
		}
		if got := Likely(word, known); got != want.likely {
			t.Errorf("Likely(%q) = %q, want %q", word, got, want.likely)
		}
	}
	if got := Nearest("word", nil); got != "" {
		t.Errorf("Nearest of no words = %q", got)
	}
}

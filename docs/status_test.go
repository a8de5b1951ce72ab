package docs

import (
	"testing"
)

// TestTheStatusIsWhatTheCommandPrints shows in operations.md what a test of the command's
// output compares with.
func TestTheStatusIsWhatTheCommandPrints(t *testing.T) {
	compareGenerated(t, "operations.md", "status", "```text\n"+readText(t, "internal/exports/testdata/lossy.narrow")+"```\n")
}

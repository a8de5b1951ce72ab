package rules

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus holds Parse against promtool 2.55.1, whose verdict the folder of
// each file tells: a test under e2e runs promtool over the same files.
func TestCorpus(t *testing.T) {
	for folder, accepted := range map[string]bool{"valid": true, "broken": false} {
		paths, err := filepath.Glob(filepath.Join("testdata/corpus", folder, "*"))
		if err != nil || len(paths) < 50 {
			t.Fatalf("%d files in %s: %v", len(paths), folder, err)
		}
		for _, path := range paths {
			t.Run(folder+"/"+filepath.Base(path), func(t *testing.T) {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if _, errs := Parse(text); (len(errs) == 0) != accepted {
					t.Errorf("errors: %v", errs)
				}
			})
		}
	}
}

package lint

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// TestRealisticRulesHaveNoErrors lints rules as other projects write them, with no
// selector at hand, with the default one, and with one for everything. With the
// last it is true of many that they drop job and instance, and so that they belong
// to no target.
func TestRealisticRulesHaveNoErrors(t *testing.T) {
	const everything = `{__name__=~".+"}`
	paths, err := filepath.Glob("../rules/testdata/realistic/*.y*ml")
	if err != nil || len(paths) < 12 {
		t.Fatalf("want a dozen files, got %d, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, include := range []string{"", recorded, everything} {
			in := Input{RuleFiles: []Text{{Value: string(text), Object: Object{Key: filepath.Base(path)}, Position: source.Start}}}
			if include != "" {
				in.Include = Selectors(Object{Key: settings.Include}, include)
			}
			for _, f := range Checked(t, in) {
				if f.Severity == Error && (f.Rule != "REC002" || include != everything) {
					t.Errorf("%s with %q: %s", path, include, f)
				}
			}
		}
	}
}

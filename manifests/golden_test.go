package manifests

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the rendered manifests instead of comparing them")

// committed are the rendered manifests beside the chart, for users who install with
// kubectl only.
var committed = map[string]map[string]any{
	"install.yaml":              nil,
	"install-cert-manager.yaml": {"certificates": "cert-manager"},
}

func TestCommittedManifestsAreWhatTheChartRenders(t *testing.T) {
	for name, values := range committed {
		t.Run(name, func(t *testing.T) {
			got, err := Render(Options{Values: values})
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs from the chart; run go test ./manifests -update\n%s", name, diff)
			}
		})
	}
}

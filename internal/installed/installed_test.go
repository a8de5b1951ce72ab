package installed

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/values"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// TestKindsAreThoseOfTheChart compares the kinds of objects that List looks for with those
// of every variant of the chart, and its selector with their labels.
func TestKindsAreThoseOfTheChart(t *testing.T) {
	want := map[string]bool{}
	files, err := filepath.Glob("../../manifests/testdata/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no variants of the chart: %v", err)
	}
	for _, file := range files {
		given, err := values.Read([]string{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		// No variant has these, because the API server of the tests does not know their kinds.
		given["monitoring"] = map[string]any{"podMonitor": true, "prometheusRule": true}
		text, err := manifests.Render(manifests.Options{Values: given})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rendered, err := manifest.Split(file, text)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range rendered.Documents {
			for _, o := range d.Objects() {
				want[o.GetAPIVersion()+" "+o.GetKind()] = true
				if got := o.GetLabels()["linkerd.io/extension"]; "linkerd.io/extension="+got != selector {
					t.Errorf("%s: %s %s has the label linkerd.io/extension=%s", file, o.GetKind(), o.GetName(), got)
				}
			}
		}
	}
	got := map[string]bool{}
	for _, k := range kinds {
		got[strings.TrimPrefix(k.group+"/"+k.version, "/")+" "+k.name] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("kinds (-chart +uninstall):\n%s", diff)
	}
}

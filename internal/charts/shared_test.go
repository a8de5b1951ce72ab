package charts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSharedFilesAreThoseBesideTheRepository(t *testing.T) {
	folder := t.TempDir()
	root := filepath.Join(folder, "a", "b", "repository")
	foreign := filepath.Join(folder, "shared", realCharts)
	beside := filepath.Join(folder, "a", "b", "shared", realCharts)
	for _, step := range []struct{ make, want string }{
		{make: root},
		{make: foreign},
		{make: filepath.Join(root, "shared", realCharts)},
		{make: beside, want: beside},
	} {
		if err := os.MkdirAll(step.make, 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := sharedBeside(root, realCharts); err != nil || got != step.want {
			t.Errorf("with %s, the charts are in %q (error %v), want %q", step.make, got, err, step.want)
		}
	}
}

func TestIncompleteChartsAreReported(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "half", "1.0", "default", Rendered), "")
	write(t, filepath.Join(folder, "half", "1.0", "default", Pod), "")
	write(t, filepath.Join(folder, "half", "2.0", "default", Rendered), "")
	write(t, filepath.Join(folder, "whole", "README.md"), "")
	write(t, filepath.Join(folder, "whole", "1.0", "default", Pod), "")
	write(t, filepath.Join(folder, "whole", "1.0", "disabled", Rendered), "")
	for name, want := range map[string]string{
		"empty": "empty is incomplete: there is no VERSION/VARIANT/pod.json in it",
		"half":  "half is incomplete: there is no VARIANT/pod.json in " + filepath.Join(folder, "half", "2.0"),
	} {
		if _, err := filesIn(filepath.Join(folder, name), Pod); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("the error about %s is %v, want one that ends with %q", name, err, want)
		}
	}
	files, err := filesIn(filepath.Join(folder, "whole"), Pod)
	if err != nil || len(files) != 1 || files[0].String() != "1.0/default" {
		t.Errorf("the files of complete charts are %v (error %v), want 1.0/default alone", files, err)
	}
}

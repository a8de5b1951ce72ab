// Package charts gives tests what charts of linkerd-viz render. There are two
// kinds: the project's own chart, e2e/viz/chart, with the values in variants, is
// rendered by Helm's engine and always there; real charts, rendered by Helm, lie
// beside the repository, in ../shared/linkerd-viz, for those who have them, as
// version/variant/prometheus.yaml and version/variant/pod.json. Variants of the
// same name are the same in what an injector makes of them.
package charts

import (
	"os"
	"path/filepath"
	"testing"
)

// The names of the files of a variant.
const (
	// Rendered holds all documents that the chart's template of Prometheus renders.
	Rendered = "prometheus.yaml"
	// Pod holds the pod that its Deployment makes.
	Pod = "pod.json"
)

// File is a file of one variant of one version of the chart.
type File struct {
	Version, Variant, Path string
}

// String names the file in tests, as version/variant.
func (f File) String() string { return f.Version + "/" + f.Variant }

// Read returns the file's text.
func (f File) Read(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Sibling is the same file of another variant of the version.
func (f File) Sibling(variant string) File {
	path := filepath.Join(filepath.Dir(filepath.Dir(f.Path)), variant, filepath.Base(f.Path))
	return File{Version: f.Version, Variant: variant, Path: path}
}

// Each runs a subtest with every file of a name, own and real ones, sorted by
// version and variant. Where there are no real ones, a subtest says so: it fails
// if $CI is "true", and is skipped otherwise.
func Each(t *testing.T, name string, test func(t *testing.T, file File)) {
	t.Helper()
	for _, file := range Own(t, name) {
		t.Run(file.String(), func(t *testing.T) { test(t, file) })
	}
	if Shared(realCharts) == "" {
		t.Run("real charts", func(t *testing.T) { Real(t, name) })
		return
	}
	for _, file := range Real(t, name) {
		t.Run(file.String(), func(t *testing.T) { test(t, file) })
	}
}

// Real returns the real charts' files of a name, sorted by version and variant.
// Where there are none, the test fails if $CI is "true", and is skipped otherwise.
func Real(t testing.TB, name string) []File {
	t.Helper()
	return filesIn(t, RequireShared(t, realCharts), name)
}

// filesIn returns the files of a name in a folder of versions and variants.
func filesIn(t testing.TB, folder, name string) []File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*", name))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("%s has no %s", folder, name)
	}
	var files []File
	for _, path := range paths {
		variant := filepath.Dir(path)
		files = append(files, File{Version: filepath.Base(filepath.Dir(variant)), Variant: filepath.Base(variant), Path: path})
	}
	return files
}

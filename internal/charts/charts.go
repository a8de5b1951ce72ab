// Package charts finds what real linkerd-viz charts render. It is no part of the
// repository: it lies beside it, in ../shared/linkerd-viz, as
// version/variant/prometheus.yaml and version/variant/pod.json.
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

// Files returns the files of a name, sorted by version and variant. Where there
// are none, the test fails if $CI is "true", and is skipped otherwise.
func Files(t testing.TB, name string) []File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(directory(t), "*", "*", name))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		const missing = "../shared/linkerd-viz, with rendered charts, is missing beside the repository"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	var files []File
	for _, path := range paths {
		variant := filepath.Dir(path)
		files = append(files, File{Version: filepath.Base(filepath.Dir(variant)), Variant: filepath.Base(variant), Path: path})
	}
	return files
}

// directory is the first shared/linkerd-viz on the way up from the test's own
// folder, or "" where there is none.
func directory(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		found := filepath.Join(folder, "shared", "linkerd-viz")
		if _, err := os.Stat(found); err == nil {
			return found
		}
	}
	return ""
}

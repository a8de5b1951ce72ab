// Package charts gives tests what charts of linkerd-viz render. There are two
// kinds: the project's own chart, e2e/viz/chart, with the values in variants, is
// rendered by Helm's engine and always there; real charts, rendered by Helm, lie
// beside the repository, in ../shared/linkerd-viz, for those who have them, as
// version/variant/prometheus.yaml and version/variant/pod.json. Variants of the
// same name are the same in what an injector makes of them.
package charts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
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

// PrometheusConfig returns the text of prometheus.yml, from the ConfigMap that the chart renders
// beside Prometheus' Deployment.
func (f File) PrometheusConfig(t testing.TB) string {
	t.Helper()
	for decoder := yaml.NewDecoder(bytes.NewReader(f.Read(t))); ; {
		var object struct{ Data map[string]string }
		if err := decoder.Decode(&object); err != nil {
			t.Fatalf("%s has no prometheus.yml: %v", f.Path, err)
		}
		if text, found := object.Data["prometheus.yml"]; found {
			return text
		}
	}
}

// Sibling is the same file of another variant of the version.
func (f File) Sibling(variant string) File {
	path := filepath.Join(filepath.Dir(filepath.Dir(f.Path)), variant, filepath.Base(f.Path))
	return File{Version: f.Version, Variant: variant, Path: path}
}

// Each runs a subtest with every file of a name, own and real ones, sorted by
// version and variant. Where the real ones are missing or incomplete, a subtest says
// so: see Real.
func Each(t *testing.T, name string, test func(t *testing.T, file File)) {
	t.Helper()
	for _, file := range Own(t, name) {
		t.Run(file.String(), func(t *testing.T) { test(t, file) })
	}
	var files []File
	t.Run("real charts", func(t *testing.T) { files = Real(t, name) })
	for _, file := range files {
		t.Run(file.String(), func(t *testing.T) { test(t, file) })
	}
}

// Real returns the real charts' files of a name, sorted by version and variant.
// Where they are missing, the test fails if $CI is "true", and is skipped otherwise.
// Where they are incomplete, it fails.
func Real(t testing.TB, name string) []File {
	t.Helper()
	files, err := filesIn(RequireShared(t, realCharts), name)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// filesIn returns the files of a name in a folder of versions and variants. A variant
// may lack a file, for not every one renders a pod, but a version may not lack all.
func filesIn(folder, name string) ([]File, error) {
	versions, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", folder, err)
	}
	var files []File
	for _, version := range versions {
		if info, err := os.Stat(version); err != nil || !info.IsDir() {
			continue // a file that describes the charts, say
		}
		paths, err := filepath.Glob(filepath.Join(version, "*", name))
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", version, err)
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%s is incomplete: there is no %s in %s", folder, filepath.Join("VARIANT", name), version)
		}
		for _, path := range paths {
			files = append(files, File{Version: filepath.Base(version), Variant: filepath.Base(filepath.Dir(path)), Path: path})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s is incomplete: there is no %s in it", folder, filepath.Join("VERSION", "VARIANT", name))
	}
	return files, nil
}

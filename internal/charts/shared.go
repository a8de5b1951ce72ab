package charts

import (
	"os"
	"path/filepath"
	"testing"
)

// realCharts is the folder of the real charts in ../shared.
const realCharts = "linkerd-viz"

// Shared returns the path of a file or folder of ../shared, which is not part of
// the repository, or "" where it is not there.
func Shared(name string) string {
	return above(filepath.Join("shared", name))
}

// RequireShared is Shared for tests that need the file: where it is not there,
// the test fails if $CI is "true", and is skipped otherwise.
func RequireShared(t testing.TB, name string) string {
	t.Helper()
	path := Shared(name)
	if path == "" {
		const missing = "../shared/%s is not there, beside the repository"
		if os.Getenv("CI") == "true" {
			t.Fatalf(missing, name)
		}
		t.Skipf(missing, name)
	}
	return path
}

// above returns the path of the first file of a name on the way up from the
// test's own folder, or "" where there is none.
func above(name string) string {
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; ; folder = filepath.Dir(folder) {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
}

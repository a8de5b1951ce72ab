package charts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

// realCharts is the folder of the real charts in ../shared.
const realCharts = "linkerd-viz"

// RequireShared returns the path of a file or folder of ../shared, which is not part
// of the repository. Where it is missing, the test fails if $CI is "true", and is
// skipped otherwise.
func RequireShared(t testing.TB, name string) string {
	t.Helper()
	path, err := sharedBeside(rootOf(t), name)
	if err != nil {
		t.Fatal(err)
	}
	if path == "" {
		const missing = "../shared/%s is not there, beside the repository"
		if os.Getenv("CI") == "true" {
			t.Fatalf(missing, name)
		}
		t.Skipf(missing, name)
	}
	return path
}

// sharedBeside returns the path of a file or folder in the folder shared beside the
// repository's root, or "" where it is missing. It looks nowhere else: a folder of
// that name somewhere above the repository belongs to somebody else.
func sharedBeside(root, name string) (string, error) {
	path := filepath.Join(filepath.Dir(root), "shared", name)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for ../shared/%s: %w", name, err)
	}
	return path, nil
}

// rootOf returns the root of the repository that the test belongs to.
func rootOf(t testing.TB) string {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

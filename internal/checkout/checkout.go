// Package checkout finds the root folder of the repository, for tests and for programs
// that are run from a checkout. It does not know what is in the repository.
package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// module is the path of the repository's main module. Its go.mod is at the root; those
// of other modules, such as e2e, are below.
const module = "github.com/linkerd-gcm/linkerd-gcm"

// Root returns the root of the repository that contains the working directory. The go
// command runs every test in the folder of its package.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("looking for the repository's root: %w", err)
		}
		if isMainModule(string(text)) {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("%s is not inside a checkout of this repository: run this from one", start)
		}
	}
}

// isMainModule reports whether a go.mod is that of the repository's main module.
func isMainModule(text string) bool {
	for line := range strings.Lines(text) {
		if slices.Equal(strings.Fields(line), []string{"module", module}) {
			return true
		}
	}
	return false
}

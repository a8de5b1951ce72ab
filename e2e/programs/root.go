package programs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the root of the repository that contains the working directory. The go
// command runs every test in the folder of its package.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		_, err := os.Stat(filepath.Join(folder, "e2e", "kubernetes", "go.mod"))
		if err == nil {
			return folder, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("looking for the repository's root: %w", err)
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("%s is not inside a checkout of this repository: run this from one", start)
		}
	}
}

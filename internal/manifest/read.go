package manifest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/internal/input"
)

// MaxBytes is how much Read reads before it refuses to read on.
const MaxBytes = 64 << 20

// extensions are those that kubectl reads in a folder.
var extensions = []string{".json", ".yaml", ".yml"}

// Read reads files, the files of folders in the order of their names, and stdin
// where a name is "-". Where some of the input is not valid YAML, the error is of type
// SyntaxErrors, and the files hold what can be read.
func Read(names []string, stdin io.Reader) ([]File, error) {
	var files []File
	var broken SyntaxErrors
	reader := input.Reader{Stdin: stdin}
	left := int64(MaxBytes)
	for _, name := range names {
		paths, err := expand(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			text, err := reader.Read(path, left)
			if errors.Is(err, input.ErrTooLarge) {
				return nil, fmt.Errorf("the input is larger than %d MiB, which is reached in %s; give fewer files at once", MaxBytes>>20, input.Name(path))
			}
			if err != nil {
				return nil, fmt.Errorf("reading -f %q: %w", path, err)
			}
			left -= int64(len(text))
			file, err := Split(input.Name(path), text)
			var syntax SyntaxErrors
			if err != nil && !errors.As(err, &syntax) {
				return nil, err
			}
			broken = append(broken, syntax...)
			files = append(files, file)
		}
	}
	if len(broken) > 0 {
		return files, broken
	}
	return files, nil
}

// expand returns the files of a folder, or the name itself.
func expand(name string) ([]string, error) {
	if name == input.Stdin {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading -f %q: %w", name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, fmt.Errorf("reading -f %q: %w", name, err)
	}
	var paths []string
	for _, entry := range entries {
		if slices.Contains(extensions, filepath.Ext(entry.Name())) && !entry.IsDir() {
			paths = append(paths, filepath.Join(name, entry.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("folder %q has no file that ends in .json, .yaml or .yml; name files, or another folder", name)
	}
	return paths, nil
}

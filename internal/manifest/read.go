package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/input"
)

// MaxBytes is how much Read reads before it refuses to read on.
const MaxBytes = 64 << 20

// extensions are those that kubectl reads in a folder.
var extensions = []string{".json", ".yaml", ".yml"}

// ChartFile is in the folder of each Helm chart.
const ChartFile = "Chart.yaml"

// Read reads files, the files of folders and of the folders in these in the order of their
// names, and stdin where a name is "-". Hidden folders and the templates of Helm charts are
// left out. Where some of the input is not valid YAML, the error is of type
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
			file.OfFolder = path != name
			files = append(files, file)
		}
	}
	if len(broken) > 0 {
		return files, broken
	}
	return files, nil
}

// expand returns the files of a folder and of the folders in it, or the name itself.
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
	var paths []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("reading -f %q: %w", path, err)
		case entry.IsDir() && path != name && unread(path):
			return fs.SkipDir
		case !entry.IsDir() && isRead(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("folder %q has no file that ends in .json, .yaml or .yml; name files, or another folder", name)
	}
	return paths, nil
}

// isRead reports whether a file of a folder is read: kubectl reads the same, and a
// kustomization may also be in a file without an extension. A link to a folder is not
// followed.
func isRead(path string) bool {
	if !slices.Contains(extensions, filepath.Ext(path)) && filepath.Base(path) != "Kustomization" {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || !info.IsDir()
}

// unread reports whether a folder in a folder is left out: hidden ones, such as .git, and
// the templates of a Helm chart, which are not objects before they are rendered.
func unread(path string) bool {
	base := filepath.Base(path)
	if base == "templates" {
		_, err := os.Stat(filepath.Join(filepath.Dir(path), ChartFile))
		return err == nil
	}
	return strings.HasPrefix(base, ".")
}

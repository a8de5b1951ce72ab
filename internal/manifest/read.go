package manifest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// MaxBytes is how much Read reads before it refuses to read on.
const MaxBytes = 64 << 20

// extensions are those that kubectl reads in a folder.
var extensions = []string{".json", ".yaml", ".yml"}

// Read reads files, the files of folders in the order of their names, and stdin
// where a name is "-". Where some of the input is no YAML, the error is of type
// SyntaxErrors, and the files hold what can be read.
func Read(names []string, stdin io.Reader) ([]File, error) {
	var files []File
	var faults SyntaxErrors
	left := int64(MaxBytes)
	for i, name := range names {
		if name == "-" && slices.Contains(names[:i], name) {
			return nil, errors.New("stdin is named twice, but can be read only once")
		}
		paths, err := expand(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			text, err := read(path, stdin, left)
			if err != nil {
				return nil, err
			}
			left -= int64(len(text))
			if path == "-" {
				path = "stdin"
			}
			file, err := Split(path, text)
			var syntax SyntaxErrors
			if err != nil && !errors.As(err, &syntax) {
				return nil, err
			}
			faults = append(faults, syntax...)
			files = append(files, file)
		}
	}
	if len(faults) > 0 {
		return files, faults
	}
	return files, nil
}

// expand returns the files of a folder, or the name itself.
func expand(name string) ([]string, error) {
	if name == "-" {
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
		return nil, fmt.Errorf("folder %q holds no file that ends in .json, .yaml or .yml; name files, or another folder", name)
	}
	return paths, nil
}

func read(path string, stdin io.Reader, left int64) ([]byte, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("reading the input: %w", err)
		}
		defer file.Close()
		stdin = file
	}
	text, err := io.ReadAll(io.LimitReader(stdin, left+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if int64(len(text)) > left {
		return nil, fmt.Errorf("the input is larger than %d MiB, which was passed in %s; give fewer files at once", MaxBytes>>20, path)
	}
	return text, nil
}

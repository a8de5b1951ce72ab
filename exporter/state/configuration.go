package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// configurationPath is where the last configuration that worked is kept.
func (f *File[S]) configurationPath() string { return f.path + ".configuration.yml" }

// SaveConfiguration keeps a configuration that works, and says whether it is another than the
// one before.
func (f *File[S]) SaveConfiguration(text []byte) (bool, error) {
	if kept, err := readBounded(f.configurationPath()); err == nil && bytes.Equal(kept, text) {
		return false, nil
	}
	written, err := f.disk.replace(f.configurationPath(), text)
	if err != nil {
		return false, f.cannotWrite(err)
	}
	written.Close()
	return true, nil
}

// LoadConfiguration returns the last configuration that was kept; nil if there is none.
func (f *File[S]) LoadConfiguration() ([]byte, error) {
	text, err := readBounded(f.configurationPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the last configuration that worked: %w", err)
	}
	return text, nil
}

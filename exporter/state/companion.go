package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// A Companion is a text that is kept beside the file of the state, in a file of its own.
type Companion struct {
	suffix, what string
}

// The companions.
var (
	// Configuration is the last configuration that worked.
	Configuration = Companion{".configuration.yml", "the last configuration that worked"}
	// Targets are Prometheus' targets, which are known before anything is derived from them.
	Targets = Companion{".targets.json", "the targets that were known"}
)

// SaveCompanion keeps a text, and says whether it is another than the one before.
func (f *File[S]) SaveCompanion(c Companion, text []byte) (bool, error) {
	path := f.path + c.suffix
	if kept, err := readBounded(path); err == nil && bytes.Equal(kept, text) {
		return false, nil
	}
	written, err := f.disk.replace(path, text)
	if err != nil {
		return false, f.cannotWrite(err)
	}
	written.Close()
	return true, nil
}

// LoadCompanion returns the text that was kept last; nil if there is none.
func (f *File[S]) LoadCompanion(c Companion) ([]byte, error) {
	text, err := readBounded(f.path + c.suffix)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", c.what, err)
	}
	return text, nil
}

// Package input reads the files that a command line names, and stdin. It knows no format:
// package manifest reads Kubernetes objects, and package rules recording rules.
package input

import (
	"errors"
	"io"
	"os"
)

// Stdin is the name by which a command line asks for stdin.
const Stdin = "-"

// ErrTooLarge says that a file has more bytes than may be read.
var ErrTooLarge = errors.New("the file is too large")

// Reader reads files. Its stdin can be read only once.
type Reader struct {
	Stdin io.Reader
	used  bool
}

// Read returns the bytes of the file of that name, or of stdin. The error is ErrTooLarge
// where there are more than limit bytes.
func (r *Reader) Read(name string, limit int64) ([]byte, error) {
	from := r.Stdin
	if name == Stdin {
		if r.used {
			return nil, errors.New("stdin can be read only once")
		}
		r.used = true
	} else {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, ErrTooLarge
	}
	return text, nil
}

// Name returns what messages call a file: "stdin", or its name.
func Name(name string) string {
	if name == Stdin {
		return "stdin"
	}
	return name
}
